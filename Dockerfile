# syntax=docker/dockerfile:1
# The page, then the packages, then an image without compilers or Node. See docs/deployment.md.
FROM node:22-bookworm-slim AS page
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
COPY hamlet/web /build/hamlet/web
RUN npm run build

FROM python:3.11-slim-bookworm AS packages
# Options for pip: torch without CUDA, which is gigabytes smaller, comes from its own index (docs/deployment.md).
ARG TORCH=""
WORKDIR /build
COPY pyproject.toml constraints.txt README.md ./
COPY hamlet ./hamlet
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir ${TORCH} "$(grep '^torch==' constraints.txt)" \
    && /venv/bin/pip install --no-cache-dir -c constraints.txt .[fanout] \
    && /venv/bin/pip uninstall -y hamlet

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /home/hamlet hamlet \
    && install -d -o hamlet -g hamlet /data
COPY --from=packages /venv /venv
WORKDIR /opt/hamlet
COPY main.py ./
COPY hamlet ./hamlet
COPY migrations ./migrations
COPY configs ./configs
COPY --from=page /build/frontend/dist ./frontend/dist
USER 10001
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 HAMLET_DB_PATH=/data NUMBA_CACHE_DIR=/home/hamlet/numba
VOLUME /data
EXPOSE 8765
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://localhost:8765/healthz', timeout=4)"]
ENTRYPOINT ["python", "main.py"]
CMD ["all-in-one", "--host", "0.0.0.0"]
