"""Building images, beside what other tools without a daemon make of the same tree."""

import multiprocessing
import os
import pathlib
import random
import shutil
import subprocess

from specs import write


def tree(folder: pathlib.Path, megabytes: int) -> pathlib.Path:
    """Files of 4 KB to 4 MB; half of the bytes are text, half do not pack. The same on every machine."""
    chance = random.Random(7)
    words = [bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz_(){};=", k=chance.randint(2, 12))) for _ in range(4000)]
    rest, number = megabytes << 20, 0
    while rest > 0:
        size = min(rest, 4096 << chance.randint(0, 10))
        content = chance.randbytes(size) if number % 2 else b" ".join(chance.choices(words, k=size // 8 + 1))[:size].ljust(size, b"\n")
        place = folder / f"d{number % 40}" / f"f{number}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        rest, number = rest - size, number + 1
    return folder


def system(folder: pathlib.Path, megabytes: int) -> pathlib.Path:
    """Files of this machine, most of them programs and libraries."""
    rest = megabytes << 20
    for at, names, files in os.walk("/usr/lib"):
        names.sort()
        for file in (pathlib.Path(at) / name for name in sorted(files)):
            if rest > 0 and not file.is_symlink() and file.is_file():
                place = folder / file.relative_to("/usr")
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, place)
                rest -= file.stat().st_size
    return folder


def made(tree, *arguments) -> None:
    """By a process of its own: what this one has in memory would count as the memory of what it starts."""
    child = multiprocessing.get_context("fork").Process(target=tree, args=arguments)
    child.start()
    child.join()
    if child.exitcode != 0:
        raise RuntimeError("the tree could not be made")


def spec(folder: pathlib.Path, compression: str) -> pathlib.Path:
    return write(folder, f'image it {{ copy {{ "/data" = "tree" }}, compression = "{compression}" }}\n')


def peers(files: pathlib.Path, folder: pathlib.Path) -> list:
    """Name, commands one after the other, what to do before, and the layout that they make; of those that are installed."""
    found = []
    if shutil.which("umoci"):
        at = folder / "umoci"
        found.append(("umoci insert", f"umoci init --layout {at} && umoci new --image {at}:it && umoci insert --rootless --image {at}:it {files} /data", lambda: shutil.rmtree(at, ignore_errors=True), at))
    if shutil.which("buildah") and os.geteuid() == 0:
        out, stores = folder / "buildah", folder / "stores"
        tool = f"buildah --root {stores}/root --runroot {stores}/run --storage-driver vfs"
        found.append(("buildah copy, commit", f"c=$({tool} from scratch) && {tool} copy -q $c {files} /data && {tool} commit -q --disable-compression=false --rm $c oci:{out}:it",
                      lambda: (shutil.rmtree(out, ignore_errors=True), shutil.rmtree(stores, ignore_errors=True)), out))
    if shutil.which("pigz"):
        found.append(("tar | pigz -6 | sha256sum, the limit", f"tar -C {files} -cf - . | pigz -6 | sha256sum", lambda: None, None))
    return found


def measure(chasic, folder: pathlib.Path, megabytes: int, timed, row) -> None:
    for name, tree_of in (("text and noise", tree), ("files of /usr/lib", system)):
        print(f"  {name}:")
        one(chasic, folder / name.replace(" ", "-").replace("/", ""), tree_of, megabytes, timed, row)
    # One of several carried images changes: what goes to a site that has the others.
    changed(chasic, folder)


def one(chasic, folder: pathlib.Path, tree_of, megabytes: int, timed, row) -> None:
    environment, layout, caches = chasic.environment(), folder / "layout", chasic.state / "cache"
    files = folder / "spec" / "tree"
    made(tree_of, files, megabytes)
    count = sum(len(names) for _, _, names in os.walk(files))
    words = [chasic.path, "image", "build", "-q", folder / "spec", "--layout", layout]

    def fresh():
        shutil.rmtree(layout, ignore_errors=True)
        shutil.rmtree(caches, ignore_errors=True)

    figures = {}
    for compression in ("gzip", "zstd"):
        spec(folder / "spec", compression)
        figures[compression] = timed(words, environment, 3, fresh)
        row(f"chasic, {compression}, {megabytes} MB in {count} files", figures[compression], f"{megabytes / figures[compression]['wall']:.0f} MB/s, layer {largest(layout):.0f} MB")
        row("unchanged", timed(words, environment))
    for name, line, before, out in peers(files, folder):
        theirs = timed(["bash", "-c", line], dict(os.environ), 3, before)
        row(name, theirs, f"ratio {theirs['wall'] / figures['gzip']['wall']:.2f}" + (f", layer {largest(out):.0f} MB" if out else ""))


def largest(layout: pathlib.Path) -> float:
    """Megabytes of the largest blob."""
    return max(p.stat().st_size for p in (layout / "blobs" / "sha256").iterdir()) / (1 << 20)


def changed(chasic, folder: pathlib.Path) -> None:
    place = folder / "carried"
    text = "".join(f'image part{n} {{ copy {{ "/data" = "part{n}" }} }}\n' for n in range(8)) + f'image all {{ carry = [{", ".join(f"part{n}" for n in range(8))}] }}\n'
    for n in range(8):
        (place / f"part{n}").mkdir(parents=True)
        (place / f"part{n}" / "blob").write_bytes(random.Random(n).randbytes(1 << 20))
    write(place, text)
    build = lambda: subprocess.run([str(w) for w in (chasic.path, "image", "build", "-q", place, "--layout", folder / "site")], env=chasic.environment(), check=True, capture_output=True)  # noqa: E731
    save = lambda file, *more: subprocess.run([str(w) for w in (chasic.path, "image", "save", folder / "site", folder / file, "all:latest", *more)], env=chasic.environment(), check=True, capture_output=True)  # noqa: E731
    build()
    save("first.tar")
    (place / "part3" / "blob").write_bytes(random.Random(99).randbytes(1 << 20))
    build()
    save("update.tar", "--without", folder / "first.tar")
    sizes = [(folder / name).stat().st_size for name in ("first.tar", "update.tar")]
    print(f"  {'one of eight carried images of 1 MB changed':<44}{sizes[1] / (1 << 20):>9.2f} MB   of {sizes[0] / (1 << 20):.2f} MB travel")
