"""`chasic import kubefile`: an image declaration that compiles, and a report of what has no equivalent."""

from report import shared_data
from skip import Skip

PLATFORM = """\
# A cluster image.
FROM registry.example.com/base/kubernetes:v1.28.0
ARG VERSION=1.2
ARG SITE
copy ${ARCH}/bin  bin
COPY manifests/*.yaml manifests/
COPY imageList manifests
COPY https://example.com/tool.tgz /opt/
ENV EDGE_HOME=/etc/edge \\
    # who it is for
    MOTTO="for ${SITE} at $VERSION"
LABEL team="shop floor"
MAINTAINER Ann
KUBEVERSION 1.28
RUN wget https://example.com/x && tar xf x
APP till local://till.yaml
APP tools local://a.sh local://notes.txt
APPCMDS tools ["bash a.sh"]
CNI net local://net
LAUNCH ["till", "tools", "net"]
CMDS ["echo done"]
"""

MODULE = """\
image edge {
  base      = "registry.example.com/base/kubernetes:v1.28.0"
  tag       = "2.0"
  platforms = ["linux/arm64"]
  copy {
    "/bin/"                             = "arm64/bin"
    "/manifests/a.yaml"                 = "manifests/a.yaml"
    "/manifests/b.yaml"                 = "manifests/b.yaml"
    "/manifests/imageList"              = "imageList"
    "/application/apps/till/till.yaml"  = "till.yaml"
    "/application/apps/tools/a.sh"      = "a.sh"
    "/application/apps/tools/notes.txt" = "notes.txt"
    "/application/apps/net/"            = "net"
  }
  env { EDGE_HOME = "/etc/edge", MOTTO = "for north at 1.2" }
"""


def context(folder):
    for name in ("arm64/bin/x", "manifests/a.yaml", "manifests/b.yaml", "net/Chart.yaml", "till.yaml", "a.sh", "notes.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    (folder / "imageList").write_text("# all of them\nnginx:1.27.3\nquay.io/acme/agent:2\n\nnginx:1.27.3\n")
    (folder / "Kubefile").write_text(PLATFORM)
    return folder / "Kubefile"


def case_a_kubefile_becomes_an_image_and_a_report(chasic):
    folder = chasic.state / "edge"
    kubefile = context(folder)
    outcome = chasic.run("import", "kubefile", kubefile, "--platform", "linux/arm64", "--tag", "2.0", "--build-arg", "SITE=north")
    problems = [] if outcome.code == 0 and MODULE in outcome.out else [outcome.told()]
    problems += [f"the module lacks {part}: {outcome.out}" for part in ("quay.io/acme/agent:2", "images { manifests = true }", "kubectl apply -f application/apps/till", "cd application/apps/tools && bash a.sh", "helm install net application/apps/net", "echo done", "shop floor")
                 if part not in outcome.out]
    problems += [f"the report lacks {part}: {outcome.err}" for part in ("Kubefile:8: COPY https://example.com/tool.tgz", "Kubefile:15: RUN wget", "Kubefile:14: KUBEVERSION 1.28", "Kubefile:16: APP till") if part not in outcome.err]
    problems += chasic.expect(0, "import", "kubefile", kubefile, "--out", folder / "edge.chasi", says="Kubefile:4: ARG SITE has no value")
    return problems


def case_several_platforms_with_files_of_one_are_said(chasic):
    kubefile = context(chasic.state / "edge")
    (kubefile.parent / "amd64" / "bin").mkdir(parents=True)
    return chasic.expect(0, "import", "kubefile", kubefile, "--platform", "linux/amd64", "--platform", "linux/arm64", says="this image is for linux/amd64")


def case_what_is_no_kubefile_names_its_line(chasic):
    folder = chasic.state / "wrong"
    folder.mkdir(parents=True)
    problems = []
    for text, says in (("FROM scratch\nCOPPY a b\n", "there is no instruction COPPY"), ("FROM scratch\nCOPY a\n", "Kubefile:2:1"), ("COPY a b\n", "there is no FROM"), ("", "there is no FROM"),
                       ("FROM scratch\nCMDS [\"a\n", "takes a list of texts"), ("FROM scratch\nLAUNCH\n", "LAUNCH says nothing"), ("FROM scratch\nRUN a\0b\n", "holds a zero byte"), ("FROM scratch\nRUN a \\\n", "")):
        (folder / "Kubefile").write_text(text)
        problems += chasic.expect(1 if says else 0, "import", "kubefile", folder / "Kubefile", says=says or "RUN a")
        problems += chasic.expect(1, "import", "kubefile", folder / "Kubefile", says="error[CH7043]") if says else []
    (folder / "Kubefile").write_text("FROM ${BASE}\n")
    problems += chasic.expect(0, "import", "kubefile", folder / "Kubefile", says="Kubefile:1: FROM ${BASE}: this names no image")
    problems += chasic.expect(64, "import", "kubefile", folder / "Kubefile", "--name", "A-b", says="is no name of an image")
    return problems + chasic.expect(4, "import", "kubefile", folder / "none", says="CH0001")


def case_kubefiles_of_the_corpus_are_images(chasic):
    found = sorted(shared_data().glob("corpus/**/Kubefile")) if shared_data().is_dir() else []
    if not found:
        raise Skip("no Kubefiles in the corpus: importing real ones was not tested")
    return [problem for path in found for problem in chasic.expect(0, "import", "kubefile", path, "--name", "it")]
