"""The five minutes of the README, step by step."""

import json

from specs import anywhere, served


@anywhere
def case_init_check_plan_apply_status(chasic):
    shop = chasic.state / "shop"
    problems = chasic.expect(0, "init", shop)
    problems += chasic.expect(0, "fmt", "--check", shop)
    for words in (["check"], ["plan"], ["apply", "--yes", "--wait"], ["status"], ["render"], ["graph"]):
        problems += chasic.expect(0, words[0], ".", *words[1:], cwd=shop)
    again = chasic.run("apply", ".", "--yes", cwd=shop)
    if again.code != 0 or " 0 writes" not in again.err:
        problems.append(again.told())
    return problems + chasic.expect(1, "init", shop, says="already")


def case_a_mistyped_field_is_told_with_what_was_meant(chasic):
    shop = chasic.state / "shop"
    chasic.run("init", shop)
    main = shop / "main.chasi"
    main.write_text(main.read_text().replace("replicas =", "replicsa ="))
    done = chasic.run("check", shop, "--format", "json")
    found = json.loads(done.out)["diagnostics"]
    if done.code != 1 or len(found) != 1:
        return [done.told()]
    d = found[0]
    problems = []
    if "replicas" not in json.dumps(d) or d["range"]["start"]["line"] < 2 or not d["file"].endswith("main.chasi") or not d["code"].startswith("CH"):
        problems.append(json.dumps(d))
    return problems


@anywhere
def case_kubectl_sees_what_chasic_made(chasic):
    shop = chasic.state / "shop"
    problems = chasic.expect(0, "init", shop)
    problems += chasic.expect(0, "apply", shop, "--yes")
    with served(chasic, shop) as kubectl:
        if "shop-web" not in kubectl("get", "deployments", "-n", "team"):
            problems.append("kubectl does not list the deployment")
        if "chasic" not in kubectl("get", "deployment", "shop-web", "-n", "team", "-o", "yaml", "--show-managed-fields"):
            problems.append("the field manager is not chasic")
        if "shop-web" not in kubectl("describe", "deployment", "shop-web", "-n", "team"):
            problems.append("kubectl does not describe the deployment")
        problems += chasic.expect(0, "apply", shop, "--yes")  # through the running server
        problems += chasic.expect(0, "status", shop)
    return problems


def case_an_editor_is_served(chasic):
    def framed(message: dict) -> str:
        body = json.dumps(message)
        return f"Content-Length: {len(body)}\r\n\r\n{body}"

    uri = (chasic.state / "shop" / "main.chasi").as_uri()
    chasic.run("init", chasic.state / "shop")
    text = "".join(framed(m) for m in (
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}},
        {"jsonrpc": "2.0", "method": "initialized", "params": {}},
        {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {"uri": uri, "languageId": "chasi", "version": 1, "text": "let a: Int = \"x\"\n"}}},
        {"jsonrpc": "2.0", "id": 2, "method": "shutdown"}, {"jsonrpc": "2.0", "method": "exit"}))
    done = chasic.run("lsp", stdin=text)
    return [] if done.code == 0 and "CH3001" in done.out and "publishDiagnostics" in done.out else [done.told()]
