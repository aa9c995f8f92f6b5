"""Files for others are listed and served; no name leads anywhere else."""

import itertools
import os
from pathlib import Path
from urllib.parse import quote

import pytest

from hamlet.app.products_shown import ProductsShown
from hamlet.settings import Paths
from tests.web.support import Town, client

GIF, CSV = "novelty_ep00001-00050.gif", "metrics_20261128_110000.csv"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    data = tmp_path / "data"
    for name in ("snapshots/town-2", "exports"):
        (data / name).mkdir(parents=True)
    (data / "snapshots" / GIF).write_bytes(b"GIF89a")
    (data / "snapshots" / "town-2" / GIF).write_bytes(b"GIF89a of another run")
    (data / "snapshots" / "screenshot_20261128_110000.png.tmp").write_bytes(b"half")
    (data / "snapshots" / "ledger.jsonl").write_bytes(b"{}")
    (data / "exports" / CSV).write_bytes(b"episode\n1\n")
    (data / "exports" / "secret.txt").write_bytes(b"not for others")
    (data / "events.db").write_bytes(b"not for others")
    (tmp_path / "outside.gif").write_bytes(b"not for others")
    (data / "snapshots" / "novelty_ep00051-00100.gif").symlink_to(tmp_path / "outside.gif")
    (data / "snapshots" / "linked").symlink_to(tmp_path)
    (tmp_path / "novelty_ep00001-00002.gif").write_bytes(b"not for others")
    for number, path in enumerate(sorted(data.rglob("*.*"))):
        if not path.is_symlink():
            os.utime(path, (1.7e9 + number, 1.7e9 + number))
    return Town(downloads=ProductsShown(Paths.of(data, {})))


async def test_what_is_there_is_listed_the_newest_first(town: Town) -> None:
    async with client(town) as http:
        listed = (await http.get("/api/downloads")).json()
        gifs = (await http.get("/api/downloads?kind=gif&limit=1")).json()
        assert (await http.get("/api/downloads?limit=0")).status_code == 400
    names = [one["name"] for one in listed]
    assert set(names) == {f"snapshots/town-2/{GIF}", f"snapshots/{GIF}", f"exports/{CSV}"}
    assert [one["modified"] for one in listed] == sorted((one["modified"] for one in listed), reverse=True)
    assert listed[0] | {"modified": 0} == {
        "name": f"snapshots/town-2/{GIF}",
        "kind": "gif",
        "bytes": 21,
        "modified": 0,
        "run": "town-2",
        "first": 1,
        "last": 50,
    }
    assert [one["name"] for one in gifs] == names[:1]


async def test_each_is_served_as_what_it_is(town: Town) -> None:
    async with client(town) as http:
        gif = await http.get(f"/downloads/snapshots/{GIF}")
        csv = await http.get(f"/downloads/exports/{CSV}")
    assert (gif.content, gif.headers["content-type"]) == (b"GIF89a", "image/gif")
    assert gif.headers["content-disposition"].startswith("inline")
    assert csv.content == b"episode\n1\n"
    assert csv.headers["content-disposition"].startswith("attachment")
    assert csv.headers["x-content-type-options"] == "nosniff"


async def test_nothing_outside_is_ever_served(town: Town, tmp_path: Path) -> None:
    ups = ["..", "../..", "%2e%2e", "..%2f..", "....//..", "..\\..", "snapshots/..", "snapshots/../..", "exports/../.."]
    targets = ["events.db", "outside.gif", "secret.txt", "exports/secret.txt", "data/events.db", "etc/passwd", GIF]
    names = [f"{up}/{target}" for up, target in itertools.product(ups, targets)]
    names += [quote(name, safe="") for name in names]
    names += ["snapshots/novelty_ep00051-00100.gif", "snapshots/linked/novelty_ep00001-00002.gif", "snapshots"]
    names += [
        "snapshots/ledger.jsonl",
        "exports/secret.txt",
        f"snapshots/{GIF}%00",
        "",
        "//etc/passwd",
    ]
    names += [f"snapshots/{GIF}\n", str(tmp_path / "outside.gif")]
    assert len(names) >= 60
    async with client(town) as http:
        for name in names:
            answer = await http.get(f"/downloads/{quote(name, safe='/%')}")
            assert answer.status_code in (400, 404), name
            assert b"not for others" not in answer.content, name


async def test_without_a_shelf_there_is_no_route() -> None:
    async with client(Town()) as http:
        assert (await http.get("/api/downloads")).status_code == 404
