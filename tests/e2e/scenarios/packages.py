"""Packages: a platform team packs, others add, update, verify; what is changed by hand or published twice is found."""

import json
import pathlib
import shutil
import subprocess

from skip import Skip

PLATFORM = 'edition 2026\n\npackage "acme.platform" {{ version = "{version}" }}\n{more}'


def package(folder: pathlib.Path, version: str, text: str = "let answer = 42\n", more: str = "", name: str = "acme.platform") -> pathlib.Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "workspace.chasi").write_text(PLATFORM.format(version=version, more=more).replace("acme.platform", name, 1))
    (folder / "module.chasi").write_text(text)
    return folder


def app(chasic, text: str = "import acme.platform\nlet a = platform.answer\n") -> pathlib.Path:
    folder = chasic.state / "app"
    folder.mkdir()
    (folder / "app.chasi").write_text(text)
    (folder / "workspace.chasi").write_text("edition 2026\n")
    return folder


def locked(folder: pathlib.Path) -> dict:
    return {p["name"]: p for p in json.loads((folder / "chasi.lock").read_text())["packages"]}


def case_a_package_goes_from_one_team_to_another(chasic) -> list:
    source, layout, here = chasic.state / "platform", chasic.state / "packages", app(chasic)
    problems = []
    for version in ("1.0.0", "1.1.0", "1.2.0-rc.1", "2.0.0"):
        problems += chasic.expect(0, "mod", "pack", package(source, version), "--layout", layout)
    problems += chasic.expect(1, "check", ".", cwd=here, says="`chasic mod add acme.platform --from SOURCE`")
    problems += chasic.expect(0, "mod", "add", "acme.platform@1.0", "--from", "../packages", cwd=here)
    problems += chasic.expect(0, "check", ".", cwd=here)
    if locked(here)["acme.platform"]["version"] != "1.0.0":
        problems.append(f"the lowest version that meets 1.0 is 1.0.0: {locked(here)}")
    problems += chasic.expect(0, "mod", "update", cwd=here, says="2.0.0 is there too")
    if locked(here)["acme.platform"]["version"] != "1.1.0":
        problems.append(f"an update stays within what is compatible, and takes no pre-release: {locked(here)}")
    before = {p: p.stat().st_mtime_ns for p in here.rglob("*")}
    problems += chasic.expect(0, "mod", "vendor", cwd=here, says="nothing changed")
    if before != {p: p.stat().st_mtime_ns for p in here.rglob("*")}:
        problems.append("`mod vendor` with nothing to do wrote something")
    problems += chasic.expect(0, "mod", "add", "acme.platform@2.0", cwd=here)
    problems += chasic.expect(0, "mod", "verify", cwd=here)
    listed = chasic.run("mod", "list", cwd=here)
    if listed.out != "acme.platform  2.0.0  ../packages  required by this workspace\n":
        problems.append(listed.told())
    return problems


def case_what_was_changed_is_found_and_mended(chasic) -> list:
    layout, here = chasic.state / "packages", app(chasic)
    chasic.run("mod", "pack", package(chasic.state / "platform", "1.0.0"), "--layout", layout)
    problems = chasic.expect(0, "mod", "add", "acme.platform", "--from", layout, cwd=here)
    vendored = here / "vendor" / "acme.platform"
    (vendored / "module.chasi").write_text("let answer = 13\n")
    (vendored / "added.chasi").write_text("let more = 13\n")
    for command in (("check", "."), ("mod", "verify"), ("render", ".")):
        problems += chasic.expect(1, *command, cwd=here, says="CH8025")
    problems += chasic.expect(0, "mod", "vendor", cwd=here)
    problems += chasic.expect(0, "eval", "a", ".", cwd=here, says="42")
    if (vendored / "added.chasi").exists():
        problems.append("a file that does not belong to the package stayed")
    formatted = chasic.run("fmt", "--check", ".", cwd=here)
    if formatted.code != 0:
        problems.append(f"vendored packages are not formatted: {formatted.told()}")
    return problems


def case_a_published_version_keeps_its_content(chasic) -> list:
    layout, here = chasic.state / "packages", app(chasic)
    source = package(chasic.state / "platform", "1.0.0")
    first = chasic.run("mod", "pack", source, "--layout", layout, "--format", "json")
    again = chasic.run("mod", "pack", source, "--layout", layout, "--format", "json")
    elsewhere = chasic.run("mod", "pack", source, "--layout", chasic.state / "other", "--format", "json")
    digests = {json.loads(o.out)["digest"] for o in (first, again, elsewhere)}
    problems = [] if len(digests) == 1 and not json.loads(again.out)["changed"] else [f"packing is not reproducible: {digests}"]
    problems += chasic.expect(0, "mod", "add", "acme.platform", "--from", layout, cwd=here)
    package(source, "1.0.0", "let answer = 43\n")
    problems += chasic.expect(1, "mod", "pack", source, "--layout", layout, says="already, with other content")
    # Somebody replaces the layout by one in which the version says something else.
    fake = chasic.state / "fake"
    chasic.run("mod", "pack", source, "--layout", fake)
    layout.rename(chasic.state / "gone")
    fake.rename(layout)
    (here / "vendor" / "acme.platform" / "module.chasi").unlink()
    problems += chasic.expect(1, "mod", "vendor", cwd=here, says="a published version keeps its content")
    problems += chasic.expect(1, "mod", "update", cwd=here, says="a published version keeps its content")
    return problems


def case_a_package_with_mistakes_is_not_packed(chasic) -> list:
    source = package(chasic.state / "platform", "1.0.0", "let a: Int = \"x\"\n")
    problems = chasic.expect(1, "mod", "pack", source, "--layout", chasic.state / "packages", says="CH3001")
    if (chasic.state / "packages").exists():
        problems.append("a layout was made for nothing")
    problems += chasic.expect(64, "mod", "pack", source, says="--layout")
    (source / "workspace.chasi").write_text("edition 2026\n")
    problems += chasic.expect(1, "mod", "pack", source, "--layout", chasic.state / "packages", says="names no package")
    return problems


def case_packages_need_packages(chasic) -> list:
    """Minimal version selection: everybody's least version, and not more. A conflict names both chains."""
    layout, here = chasic.state / "packages", app(chasic)
    base = chasic.state / "base"
    for version in ("1.0.0", "1.1.0", "1.5.0", "2.0.0"):
        chasic.run("mod", "pack", package(base, version, "let one = 1\n", name="acme.base"), "--layout", layout)

    def user(name: str, version: str) -> list:
        folder = package(chasic.state / name, "1.0.0", "import acme.base\nlet answer = base.one + 41\n", f'require "acme.base" {{ version = "{version}", from = "../packages" }}\n', name=name)
        return chasic.expect(0, "mod", "vendor", folder) + chasic.expect(0, "mod", "pack", folder, "--layout", layout)

    problems = user("acme.platform", "1.1") + user("acme.tools", "1.0") + user("acme.old", "2.0")
    problems += chasic.expect(0, "mod", "add", "acme.platform", "--from", layout, cwd=here)
    problems += chasic.expect(0, "mod", "add", "acme.tools", "--from", layout, cwd=here)
    if {n: p["version"] for n, p in locked(here).items()} != {"acme.base": "1.1.0", "acme.platform": "1.0.0", "acme.tools": "1.0.0"}:
        problems.append(f"selected: {locked(here)}")
    problems += chasic.expect(0, "eval", "a", ".", cwd=here, says="42")
    before = (here / "chasi.lock").read_text() + (here / "workspace.chasi").read_text()
    refused = chasic.run("mod", "add", "acme.old", "--from", layout, cwd=here)
    for words in ("CH8026", "this workspace -> acme.old 1.0.0 requires acme.base 2.0.0", "this workspace -> acme.platform 1.0.0 requires acme.base 1.1.0"):
        if words not in refused.err:
            problems.append(f"expected \"{words}\": {refused.told()}")
    if before != (here / "chasi.lock").read_text() + (here / "workspace.chasi").read_text() or (here / "vendor" / "acme.old").exists():
        problems.append("a refused package left something behind")
    problems += chasic.expect(1, "mod", "update", "acme.base", cwd=here, says="acme.platform, acme.tools requires it")
    # Nobody requires them any more: they go, and what is not ours stays.
    (here / "workspace.chasi").write_text("edition 2026\n")
    (here / "app.chasi").write_text("let a = 1\n")
    (here / "vendor" / "mine").mkdir()
    problems += chasic.expect(1, "mod", "verify", cwd=here, says="nobody requires it")
    problems += chasic.expect(0, "mod", "vendor", cwd=here)
    if sorted(p.name for p in (here / "vendor").iterdir()) != ["mine"]:
        problems.append("vendor/ holds what nobody needs")
    return problems


def case_sources_that_give_nothing(chasic) -> list:
    here, layout = app(chasic), chasic.state / "packages"
    chasic.run("mod", "pack", package(chasic.state / "platform", "1.0.0"), "--layout", layout)
    problems = chasic.expect(1, "mod", "add", "acme.platform", "--from", "docker://registry.example/x", cwd=here, says="oci://HOST/PATH for a registry")
    problems += chasic.expect(1, "mod", "add", "acme.platform", "--from", "nowhere", cwd=here, says="is no folder")
    problems += chasic.expect(1, "mod", "add", "acme.platfrom", "--from", layout, cwd=here, says="did you mean acme.platform?")
    problems += chasic.expect(1, "mod", "add", "acme.platform@1.7", "--from", layout, cwd=here, says="it has 1.0.0")
    problems += chasic.expect(1, "mod", "add", "acme.platform@^1.0", "--from", layout, cwd=here, says="write acme.platform@1.0")
    problems += chasic.expect(1, "mod", "add", "platform", "--from", layout, cwd=here, says="OWNER.NAME")
    problems += chasic.expect(1, "mod", "add", "acme.platform", cwd=here, says="--from SOURCE")
    problems += chasic.expect(1, "mod", "update", "acme.platform", cwd=here, says="does not require")
    problems += chasic.expect(1, "mod", "add", "acme.platform", "--from", here, cwd=here, says="does not name one")
    blob = max((layout / "blobs" / "sha256").iterdir(), key=lambda p: p.stat().st_size)
    blob.write_bytes(blob.read_bytes().replace(b"answer = 42", b"answer = 13"))
    problems += chasic.expect(4, "mod", "add", "acme.platform", "--from", layout, cwd=here, says="does not have the recorded size and digest")
    if (here / "chasi.lock").exists() or (here / "vendor").exists():
        problems.append("something that failed left something behind")
    return problems


def case_a_folder_is_a_source_too(chasic) -> list:
    here = app(chasic)
    source = package(chasic.state / "platform", "1.0.0")
    problems = chasic.expect(0, "mod", "add", "acme.platform", "--from", source, cwd=here)
    package(source, "1.0.0", "let answer = 43\n")
    problems += chasic.expect(0, "eval", "a", ".", cwd=here, says="42")
    problems += chasic.expect(0, "mod", "update", "acme.platform", cwd=here, says="with other content")
    problems += chasic.expect(0, "eval", "a", ".", cwd=here, says="43")
    return problems


def case_a_package_travels_with_the_tools_of_images(chasic) -> list:
    """skopeo takes it to a registry and back; on the way the index forgets of what type it is."""
    if not shutil.which("skopeo"):
        raise Skip("skopeo is not installed")
    here, layout, copy = app(chasic), chasic.state / "packages", chasic.state / "copy"
    chasic.run("mod", "pack", package(chasic.state / "platform", "1.0.0"), "--layout", layout)
    done = subprocess.run(["skopeo", "copy", f"oci:{layout}:acme.platform:1.0.0", f"oci:{copy}:acme.platform:1.0.0"], capture_output=True, text=True)
    problems = [] if done.returncode == 0 else [done.stderr]
    for where in (layout, copy):
        problems += chasic.expect(0, "image", "inspect", where, says="acme.platform:1.0.0")
        problems += chasic.expect(0, "image", "verify", where)
    problems += chasic.expect(0, "mod", "add", "acme.platform", "--from", copy, cwd=here)
    return problems + chasic.expect(0, "eval", "a", ".", cwd=here, says="42")
