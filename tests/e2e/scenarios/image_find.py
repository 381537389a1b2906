"""`chasic image find`: every container image of real applications is found, and what may be one is named."""

import json

from report import shared_data
from skip import Skip

# Read by hand: what each application of the corpus needs. Images in comments, and those that are built into an operator, stand in none.
CERTGEN = "k8s.gcr.io/ingress-nginx/kube-webhook-certgen:v1.0@sha256:f3b6b39a6062328c095337b4cadcefd1612348fdd5190b1dcbcb9b9e90bd8068"
TIDB = "registry.cn-beijing.aliyuncs.com/tidb/"
CORPUS = {
    "ingress": [CERTGEN, "k8s.gcr.io/ingress-nginx/controller:v1.0.0@sha256:0851b34f69f69352bf168e6ccf30e1e20714a264ab1ecd1933e4d8c0fc3215c6"],
    "kafka": ["docker.io/bitnami/zookeeper:3.7.0-debian-10-r97", "docker.io/bitnami/kafka:2.8.0-debian-10-r61"],
    "kube-prometheus-stack": [CERTGEN, "bats/bats:v1.4.1", "quay.io/prometheus/node-exporter:v1.3.1", "busybox:1.31.1", "quay.io/kiwigrid/k8s-sidecar:1.14.2", "grafana/grafana:8.3.3",
                              "k8s.gcr.io/kube-state-metrics/kube-state-metrics:v2.3.0", "quay.io/prometheus-operator/prometheus-operator:v0.53.1", "quay.io/prometheus-operator/prometheus-config-reloader:v0.53.1",
                              "quay.io/thanos/thanos:v0.23.1", "quay.io/prometheus/alertmanager:v0.23.0", "quay.io/prometheus/prometheus:v2.32.1"],
    "longhorn": ["longhornio/" + i for i in ("longhorn-manager:v1.2.3", "longhorn-engine:v1.2.3", "longhorn-instance-manager:v1_20211210", "longhorn-share-manager:v1_20211020", "backing-image-manager:v2_20210820", "csi-attacher:v3.2.1",
                                             "csi-provisioner:v2.1.2", "csi-node-driver-registrar:v2.3.0", "csi-resizer:v1.2.0", "csi-snapshotter:v3.0.3", "longhorn-ui:v1.2.3")],
    "mongodb": ["docker.io/bitnami/mongodb:4.4.8-debian-10-r9"],
    "mysql": ["docker.io/bitnami/mysql:8.0.26-debian-10-r10"],
    "nvidia-plugin": ["nvcr.io/nvidia/k8s-device-plugin:v0.9.0"],
    "redis": ["docker.io/bitnami/redis:6.2.5-debian-10-r11", "docker.io/bitnami/redis-sentinel:6.2.5-debian-10-r11"],
    "rookceph": ["quay.io/ceph/ceph:v16.2.5", "rook/ceph:v1.7.1", "mysql:5.6"],
    "tidb": ["pingcap/pd:v5.2.0", "pingcap/tidb:v5.2.0", "pingcap/tikv:v5.2.0", "busybox:1.33.0", "grafana/grafana:7.5.7", "pingcap/tidb-monitor-initializer:v5.2.0", "prom/prometheus:v2.18.1", "pingcap/tidb-monitor-reloader:v1.0.1",
             TIDB + "tidb-operator:v1.2.1", TIDB + "tidb-backup-manager:v1.2.1", "registry.cn-hangzhou.aliyuncs.com/google_containers/kube-scheduler:v1.19.8"],
}
DOUBTFUL = {"rookceph": ["registry.cn-qingdao.aliyuncs.com/sealer-apps/ceph-block:v16.2.5"]}  # a cluster image, in a Clusterfile
COUNT = 46


def case_every_image_of_the_corpus_is_found_or_named_as_doubtful(chasic):
    corpus = shared_data() / "corpus"
    if not corpus.is_dir():
        raise Skip("no corpus of manifests: finding images in real applications was not tested")
    problems = []
    if sum(map(len, CORPUS.values())) != COUNT or sorted(CORPUS) != sorted(p.name for p in corpus.iterdir()):
        problems.append("the list of images is not that of the corpus")
    for app, images in CORPUS.items():
        outcome = chasic.run("image", "find", corpus / app, "--format", "json")
        found = json.loads(outcome.out)["images"] if outcome.out else []
        doubtful = DOUBTFUL.get(app, [])
        have, unsure = {f["reference"] for f in found if f["sure"]}, {f["reference"] for f in found if not f["sure"]}
        if have != set(images) or unsure != set(doubtful) or outcome.code != (1 if doubtful else 0):
            problems.append(f"{app}: missed {sorted(set(images) - have)}, too many {sorted(have - set(images))}, doubtful {sorted(unsure)}; {outcome.code} {outcome.err}")
        for f in found:
            line = open(f["file"], encoding="utf-8").read().splitlines()[f["line"] - 1]
            if f["reference"].split("@")[0].rsplit(":", 1)[0] not in line[f["column"] - 1:]:
                problems.append(f"{app}: {f['file']}:{f['line']}:{f['column']} does not say {f['reference']}")
    return problems


POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: c\n      image: nginx:1.27\n      args: [\"--x=quay.io/a/b:1\"]\n"
SPEC = """cluster home { context = "local" }
tenant team { on = home }
system shop {
  tenant = team
  component web { image = "docker.io/library/nginx:1.27.3", env { HELPER_IMAGE = "quay.io/a/helper:2" } }
}
"""


def case_files_that_are_no_manifests_are_said(chasic):
    folder = chasic.state / "manifests"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "pod.yaml").write_text(POD)
    (folder / "values.yaml").write_text("image: {repository: quay.io/a, tag: 1}\n")
    (folder / "package.json").write_text("{}")
    (folder / "notes.txt").write_text("quay.io/a/c:1")
    problems = chasic.expect(1, "image", "find", folder, says="pod.yaml:7:14: nginx:1.27  (Pod/web: container c)")
    problems += chasic.expect(1, "image", "find", folder, says="pod.yaml:8:14: doubtful: quay.io/a/b:1")
    problems += chasic.expect(1, "image", "find", folder, says="values.yaml: there is no Kubernetes object in this file")
    problems += chasic.expect(0, "image", "find", folder, "--use", "quay.io/*", says="2 images in 1 object\n")
    problems += chasic.expect(0, "image", "find", folder, "--ignore", "quay.io/a/b:1", "--ignore", "nothing", says="--ignore nothing is the answer to nothing that was found")
    (folder / "template.yaml").write_text("kind: {{ .Values.kind }}\napiVersion: v1\n")
    problems += chasic.expect(1, "image", "find", folder, "--ignore", "quay*", says="template.yaml:1:")
    problems += chasic.expect(1, "image", "find", folder, "--ignore", "quay*", says="error[CH7042]")
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(f"{n}: &{n} [{', '.join(['*' + b] * 10)}]\n" for b, n in zip("abcdefgh", "bcdefghi"))
    (folder / "template.yaml").write_text(bomb)
    problems += chasic.expect(1, "image", "find", folder / "template.yaml", says="stands for more than")
    return problems + chasic.expect(4, "image", "find", chasic.state / "none", says="CH0001")


def case_a_specification_tells_its_images(chasic):
    from specs import write
    spec = write(chasic.state / "spec", SPEC)
    problems = chasic.expect(0, "image", "find", spec, says="docker.io/library/nginx:1.27.3  (system.shop Deployment/shop-web: container web)")
    return problems + chasic.expect(0, "image", "find", spec, says="quay.io/a/helper:2  (system.shop Deployment/shop-web: the variable HELPER_IMAGE)")
