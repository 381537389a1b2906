"""A secret's value is planted, and every output is searched for it."""

import base64

from specs import served, write

CANARY = "canary-7f3a91d2"

SPEC = """cluster home { context = "local" }
tenant team { on = home, quota { cpu = 4, memory = 8Gi, storage = 20Gi, pods = 40 } }
system shop {
  tenant = team
  component web {
    image = "docker.io/library/nginx:1.27.3"
    env   { TOKEN = secret("file/token"), OTHER = secret("env/SHOP_OTHER") }
  }
}
"""


def case_no_output_holds_a_secret(chasic):
    spec = write(chasic.state / "shop", SPEC)
    (spec / "token").write_text(CANARY + "\n")
    other = {"SHOP_OTHER": CANARY + "-other"}
    plan = chasic.state / "p.json"
    runs = [chasic.run(*words, **other, cwd=spec) for words in (
        ["check", "."], ["render", "."], ["render", ".", "--format", "json"], ["plan", "."], ["plan", ".", "--format", "json"], ["plan", ".", "--out", plan],
        ["graph", ".", "--format", "json"], ["apply", ".", "--yes", "--format", "json", "-v"])]
    (spec / "token").write_text(CANARY + "-changed\n")
    runs += [chasic.run(*words, **other, cwd=spec) for words in (["plan", "."], ["plan", ".", "--format", "json"], ["apply", ".", "--yes", "-v"], ["status", "."])]
    problems = [r.told() for r in runs if r.code != 0]
    for run in runs:
        for form in (CANARY, base64.b64encode(CANARY.encode()).decode()[:-2]):
            if form in run.out + run.err:
                problems.append(f"{' '.join(map(str, run.words))} shows the secret")
    if CANARY in plan.read_text():
        problems.append("the saved plan holds the secret")
    if "secret" not in runs[8].out.lower():
        problems.append(f"a changed secret is not mentioned: {runs[8].told()}")
    with served(chasic, spec) as kubectl:
        value = kubectl("get", "secret", "shop-web-env", "-n", "team", "-o", "jsonpath={.data.TOKEN}")
        if base64.b64decode(value).decode() != CANARY + "-changed":
            problems.append("the secret did not arrive")
    return problems


def case_a_secret_that_cannot_be_read_is_an_error_before_anything_is_written(chasic):
    spec = write(chasic.state / "shop", SPEC)
    done = chasic.run("apply", ".", "--yes", cwd=spec)
    return [] if done.code in (1, 3) and "CH6212" in done.err else [done.told()]
