#!/bin/sh
# What the tests need besides Python and Node, from Debian where this user may install it: a Chromium, strace, a Redis,
# nginx, flite (a voice that speaks to the recogniser), ffmpeg (films), and what checks a unit of systemd.
# Without them the tests that need them are skipped on a user's machine, and fail in CI.
missing=""
if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null &&
    ! command -v google-chrome >/dev/null && ! ls "${HOME:-/nonexistent}"/.cache/ms-playwright/chromium* >/dev/null 2>&1; then
    missing="chromium"
fi
command -v strace >/dev/null || missing="$missing strace"
command -v flite >/dev/null || missing="$missing flite"
command -v ffmpeg >/dev/null || missing="$missing ffmpeg"
command -v redis-server >/dev/null || missing="$missing redis-server"
command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
command -v systemd-analyze >/dev/null || missing="$missing systemd"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing for the tests:" $missing
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "not here, so the tests that need them are skipped:" $missing "(apt install $missing)"
fi
