"""Packages in registries: published, found, fetched; logins of other tools; registries that lie, break or keep silent."""

import base64
import json
import os
import shutil
import subprocess

from registry import Registry
from scenarios.packages import app, locked, package
from skip import Skip


def login(chasic, registry, entry: dict) -> None:
    folder = chasic.state / "login"
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"auths": {registry.host: entry}}))


ANN = base64.b64encode(b"ann:s3cret").decode()


def case_a_package_goes_through_a_registry(chasic) -> list:
    """Published, listed page by page, added, updated; the token comes from the login of another tool."""
    here, source = app(chasic), chasic.state / "platform"
    problems = []
    chasic.variables.update(http_proxy="http://127.0.0.1:1", no_proxy="")  # nobody; and a registry here is asked without it
    with Registry(login="bearer", busy=1) as registry:
        chasic.variables["DOCKER_CONFIG"] = str(chasic.state / "login")
        place = f"oci://{registry.host}/team"
        refused = chasic.run("mod", "pack", package(source, "1.0.0"), "--push", place)
        if refused.code != 4 or "CH7102" not in refused.err or registry.manifests:
            problems.append(f"pushed without a login: {refused.told()}")
        login(chasic, registry, {"auth": ANN})
        for version in ("1.0.0", "1.0.1", "1.1.0", "1.2.0", "2.0.0"):
            problems += chasic.expect(0, "mod", "pack", package(source, version), "--push", place, says="packed into")
        problems += chasic.expect(0, "mod", "pack", source, "--push", place, says="unchanged in")
        problems += chasic.expect(1, "mod", "pack", package(source, "2.0.0", "let answer = 43\n"), "--push", place, says="already, with other content")
        problems += chasic.expect(0, "mod", "add", "acme.platform@1.0", "--from", place, cwd=here)
        problems += chasic.expect(0, "mod", "update", cwd=here, says="2.0.0 is there too")
        entry = locked(here)["acme.platform"]
        if entry["version"] != "1.2.0" or entry["from"] != place:
            problems.append(f"locked: {entry}")
        login(chasic, registry, {"identitytoken": "identity"})
        shutil.rmtree(here / "vendor")
        problems += chasic.expect(1, "check", ".", cwd=here, says="`chasic mod vendor` gets it from " + place)
        problems += chasic.expect(0, "mod", "vendor", cwd=here)
        before = len(registry.requests)
        problems += chasic.expect(0, "eval", "a", ".", cwd=here, says="42") + chasic.expect(0, "mod", "verify", cwd=here)
        if len(registry.requests) != before:
            problems.append("evaluation asked the registry")
    return problems


def case_a_registry_that_lies_or_is_silent(chasic) -> list:
    here, source = app(chasic), package(chasic.state / "platform", "1.0.0")
    problems = []
    with Registry(login="basic") as registry:
        chasic.variables["DOCKER_CONFIG"] = str(chasic.state / "login")
        place = f"oci://{registry.host}/team"
        login(chasic, registry, {"auth": ANN})
        problems += chasic.expect(0, "mod", "pack", source, "--push", place)
        asked = ["mod", "add", "acme.platform", "--from", place]
        registry.spoil = lambda content: content[:-1]
        problems += chasic.expect(4, *asked, cwd=here, says="does not have the recorded size and digest")
        registry.spoil = lambda content: content.replace(b"answer = 42", b"answer = 13")
        problems += chasic.expect(4, *asked, cwd=here, says="CH7104")
        registry.spoil = lambda content: content * 2
        problems += chasic.expect(4, *asked, cwd=here, says="bytes")
        registry.spoil = None
        registry.busy = 99
        problems += chasic.expect(4, *asked, cwd=here, says="come back later")
        registry.busy = 0
        problems += chasic.expect(1, "mod", "add", "acme.other", "--from", place, cwd=here, says="there is no repository")
        login(chasic, registry, {"auth": base64.b64encode(b"ann:wrong").decode()})
        problems += chasic.expect(4, *asked, cwd=here, says="does not allow this")
        (chasic.state / "login" / "config.json").write_text("{")
        problems += chasic.expect(4, *asked, cwd=here, says="config.json")
    silent = chasic.run(*asked, cwd=here)
    if silent.code != 4 or "CH7102" not in silent.err and "CH7101" not in silent.err:
        problems.append(silent.told())
    (chasic.state / "login" / "config.json").unlink()
    problems += chasic.expect(4, *asked, cwd=here, says="no answer from")
    problems += chasic.expect(1, "mod", "add", "acme.platform", "--from", "oci://Registry/UP", cwd=here, says="CH7103")
    if (here / "chasi.lock").exists() or (here / "vendor").exists():
        problems.append("something that failed left something behind")
    return problems


def case_a_credential_helper_is_asked(chasic) -> list:
    here, source = app(chasic), package(chasic.state / "platform", "1.0.0")
    tools = chasic.state / "tools"
    tools.mkdir()
    helper = tools / "docker-credential-chasitest"
    with Registry(login="basic") as registry:
        helper.write_text(f'#!/bin/sh\nread server\n[ "$1" = get ] && [ "$server" = {registry.host} ] && echo \'{{"Username":"ann","Secret":"s3cret"}}\' && exit\necho credentials not found in native keychain\nexit 1\n')
        helper.chmod(0o755)
        login(chasic, registry, {})
        (chasic.state / "login" / "config.json").write_text(json.dumps({"credsStore": "chasitest"}))
        chasic.variables["DOCKER_CONFIG"] = str(chasic.state / "login")
        place = f"oci://{registry.host}/team"
        problems = chasic.expect(4, "mod", "pack", source, "--push", place, says="docker-credential-chasitest cannot be started")
        chasic.variables["PATH"] = f"{tools}:{os.environ['PATH']}"
        problems += chasic.expect(0, "mod", "pack", source, "--push", place)
        problems += chasic.expect(0, "mod", "add", "acme.platform", "--from", place, cwd=here)
        problems += chasic.expect(4, "mod", "add", "acme.platform", "--from", place.replace("127.0.0.1", "localhost"), cwd=here, says="log in first")
    return problems


def case_skopeo_and_a_registry_agree_with_us(chasic) -> list:
    if not shutil.which("skopeo"):
        raise Skip("skopeo is not installed")
    here, layout, source = app(chasic), chasic.state / "packages", package(chasic.state / "platform", "1.0.0")
    problems = chasic.expect(0, "mod", "pack", source, "--layout", layout)
    with Registry() as registry:
        def copy(*words) -> None:
            done = subprocess.run(["skopeo", "copy", "--src-tls-verify=false", "--dest-tls-verify=false", *words], capture_output=True, text=True)
            problems.extend([] if done.returncode == 0 else [done.stderr])
        copy(f"oci:{layout}:acme.platform:1.0.0", f"docker://{registry.host}/theirs/acme.platform:1.0.0")
        problems += chasic.expect(0, "mod", "add", "acme.platform", "--from", f"oci://{registry.host}/theirs", cwd=here)
        problems += chasic.expect(0, "mod", "pack", source, "--push", f"oci://{registry.host}/ours")
        copy(f"docker://{registry.host}/ours/acme.platform:1.0.0", f"oci:{chasic.state / 'back'}:acme.platform:1.0.0")
        if registry.manifests[("ours/acme.platform", "1.0.0")] != registry.manifests[("theirs/acme.platform", "1.0.0")]:
            problems.append("skopeo's copy and ours differ")
    return problems
