"""Images that carry what their systems and manifests need: found, pinned, built."""

from foreign import carried, put
from registry import Registry
from specs import write


def site(chasic, host: str, extra: str = ""):
    here = write(chasic.state / "site", f"""cluster home {{ context = "local" }}
tenant team {{ on = home }}
system shop {{
  tenant = team
  component web {{ image = "{host}/team/web:1", env {{ HELPER_IMAGE = "{host}/team/helper:2", MIRROR = "{host}/team/mirror:3" }} }}
}}
image site {{
  carry = [shop]
  copy  {{ "/manifests" = "manifests" }}
  {extra}
}}
""")
    (here / "manifests").mkdir(exist_ok=True)
    (here / "manifests" / "job.yaml").write_text(f"apiVersion: batch/v1\nkind: Job\nmetadata: {{name: once}}\nspec: {{template: {{spec: {{containers: [{{name: c, image: '{host}/team/job:4'}}]}}}}}}\n")
    return here


def case_an_image_carries_what_its_systems_and_manifests_need(chasic):
    with Registry() as registry:
        for name, tag in (("web", "1"), ("helper", "2"), ("mirror", "3"), ("job", "4")):
            put(registry, f"team/{name}", tag)
        here = site(chasic, registry.host)
        problems = chasic.expect(1, "check", here, says=f"image site may need `{registry.host}/team/mirror:3`: it is written like one, in spec.template.spec.containers[0].env[")
        site(chasic, registry.host, "images { ignore = [\"*/mirror:3\"] }")
        problems += chasic.expect(1, "image", "build", here, "--layout", chasic.state / "images", says=f"{registry.host}/team/job:4 is not pinned to a digest")
        problems += chasic.expect(0, "image", "pin", here, says=f"{registry.host}/team/helper:2")
        problems += chasic.expect(0, "check", here)
        problems += chasic.expect(0, "image", "build", here, "--layout", chasic.state / "images", says="built")
        found = set(carried(chasic.state / "images", "site:latest"))
        if found != {f"{registry.host}/team/{name}" for name in ("web:1", "helper:2", "job:4")}:
            problems.append(f"carried: {found}")
        problems += chasic.expect(0, "image", "build", here, "--layout", chasic.state / "images", says="unchanged")
        problems += chasic.expect(0, "image", "find", here, "--ignore", "*/mirror:3", says=f"{registry.host}/team/helper:2  (system.shop Deployment/shop-web: the variable HELPER_IMAGE)")
    return problems
