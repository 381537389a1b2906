#include "compiler/driver/run.h"

namespace chasi::driver {

std::vector<Flag> outputFlags() {
  return {{"--color", "WHEN", "colours: on terminals only (auto), always or never", false, "auto|always|never"},
          {"--quiet", nullptr, "say nothing but results and errors", false, nullptr, 'q'},
          {"--verbose", nullptr, "say more", false, nullptr, 'v'}};
}

std::vector<Flag> specFlags() {
  return {{"--env", "NAME", "the environment: env/NAME.chasi, over those that it extends", false},
          {"--set", "NAME=VALUE", "a parameter; may be given several times", true},
          {"--set-env", "NAME=VARIABLE", "a parameter from an environment variable; may be given several times", true},
          {"--params", "FILE", "parameters from a YAML or JSON file; may be given several times", true}};
}

std::vector<Flag> policyFlags() { return {{"--date", kDay, "the day of this run: exceptions from policies end on a day"}}; }

std::vector<Flag> clusterFlags() {
  return {{"--cluster", "NAME=CONTEXT", "a cluster of the specification goes to this kubeconfig context, or to `local`", true},
          {"--kubeconfig", "FILE", "instead of KUBECONFIG and ~/.kube/config"}};
}

std::vector<Flag> together(std::initializer_list<std::vector<Flag>> sets) {
  std::vector<Flag> out;
  for (const std::vector<Flag>& set : sets) out.insert(out.end(), set.begin(), set.end());
  const std::vector<Flag> last = outputFlags();
  out.insert(out.end(), last.begin(), last.end());
  return out;
}

namespace {

Flag format(const char* choices) { return {"--format", "FORMAT", "how results are written", false, choices}; }

const Flag kYes = {"--yes", nullptr, "do not ask", false, nullptr, 'y'};

const Flag kAllowExec = {"--allow-exec", "PROGRAM", "let secrets come from this program, named as in secret(\"exec/PROGRAM\"); may be given several times", true};

std::vector<Flag> warningFlags() {
  return {{"--allow", "CODE", "leave out a warning, or `warnings` for all; may be given several times", true},
          {"--deny", "CODE", "make an error of a warning; may be given several times", true},
          {"--deny-warnings", nullptr, "make errors of all warnings that are not allowed"}};
}

std::vector<Flag> recordFlags() { return {{"--workspace", "NAME", "go by the records of this workspace alone, and read no specification; the folder of the module is its name"}}; }

std::vector<Flag> compareFlags() {
  return {{"--adopt", "ID", "take over an existing object that this workspace did not make; `all` for every one", true},
          {"--refresh", nullptr, "ask the server about every object, also about those that were not touched since the last apply"}};
}

std::vector<Flag> partFlags() {
  return {{"--target", "NAME", "only this, with what it needs: an operation, a declaration such as system.shop, a cluster such as cluster.east, or a pattern with `*`; may be given several times", true},
          {"--exclude", "NAME", "not this, and nothing that waits for a change of it; may be given several times", true},
          {"--require-all", nullptr, "do nothing when a cluster cannot be reached; otherwise it is left out, and the others go on"}};
}

std::vector<Flag> applyFlags() {
  return {kYes,
          format("text|json"),
          {"--replace", nullptr, "agree to delete and create anew where a change is not possible otherwise and no data is lost"},
          {"--replace-object", "ID", "agree to that for one object, also with its data; may be given several times", true},
          {"--prune", "COUNT", "agree to exactly so many deletions, when there are more than a plan usually has"},
          {"--wait", nullptr, "end only when everything is ready"},
          {"--timeout", "TIME", "how long each object may take to become ready (5min)"},
          {"--lock-timeout", "TIME", "how long to wait for another run (0s)"},
          {"--audit", "FILE", "append a line of JSON for each thing that is done; CHASI_AUDIT names one for all runs"}};
}

std::vector<Flag> testFlags() {
  return {{"--filter", "TEXT", "only tests whose title contains this"},
          format("text|json|junit|sarif"),
          {"--out", "FILE", "write the report there, and the text for people to standard output"},
          {"--update", nullptr, "write the snapshots as the values are now"},
          {"--watch", nullptr, "run again whenever a file of the workspace changes, until Ctrl-C"}};
}

std::vector<Flag> diffFlags() {
  return {{"--env", "NAME", "an environment; give two", true},
          {"--set", "NAME=VALUE", "a parameter of both; may be given several times", true},
          {"--set-env", "NAME=VARIABLE", "a parameter of both from an environment variable; may be given several times", true},
          {"--params", "FILE", "parameters of both from a YAML or JSON file; may be given several times", true},
          format("text|json"),
          {"--detailed-exitcode", nullptr, "exit 2 when there are differences"}};
}

std::vector<Command> specCommands() {
  return {
      {"init", "[DIR]", "a small working workspace", "Writes a specification that can be planned and applied to the embedded cluster at once. Existing files stay.", "", together({}), 0, 1, runInit},
      {"check", "[PATH]", "find everything that is wrong, without a cluster", "Parses, resolves, type-checks and evaluates the module, runs all checks and policies, and checks every emitted\nobject against the types of Kubernetes. Reports everything found; exit 1 when something is wrong. When nothing is, warns about what is\nmost likely not meant (CH9001 and up); `set allow = [\"CH9007\"]` in workspace.chasi switches a warning off for good.",
       "  chasic check examples/bank --env prod\n  chasic check --deny-warnings --allow CH9007\n  chasic check --format sarif > chasi.sarif     for code scanning",
       together({specFlags(), policyFlags(), warningFlags(), {format("text|json|sarif")}}), 0, 1, runCheck},
      {"test", "[PATH]", "run the tests of a module", "Evaluates the module anew for each `test`, with the parameters that it sets, and says what does not hold, with the\nvalues on both sides. --env, --set, --set-env and --params hold for every test that does not set them itself. Snapshots lie in\n__snapshots__ beside the module; --update writes them. Exit 1 when a test fails.",
       "  chasic test examples/bank\n  chasic test --filter production --watch\n  chasic test --format junit --out report.xml     for a pipeline; text still goes to the terminal", together({specFlags(), policyFlags(), testFlags()}), 0, 1, runTest},
      {"diff", "[PATH]", "what two environments make different, without a cluster", "From the first environment to the second: declarations and objects that only one of them has, and fields that differ.\n--set, --set-env and --params hold for both. Exit 0 also when there are differences, unless --detailed-exitcode is given.",
       "  chasic diff examples/bank --env dev --env prod\n  chasic diff --env stage --env prod --detailed-exitcode     exit 2 when something differs", together({diffFlags()}), 0, 1, runDiff},
      {"fmt", "[PATH…]", "canonical layout", "Formats files in place, below folders too. Comments are kept; running twice changes nothing. `-` reads standard input.",
       "  chasic fmt --check .     in a pipeline: lists what is not formatted, exit 1", together({{{"--check", nullptr, "change nothing; list the files that would change, exit 1"}, {"--stdout", nullptr, "write the result to standard output"}}}), 0, 10000, runFmt},
      {"eval", "EXPR [PATH]", "print the value of an expression", "The expression sees the names of the module.", "  chasic eval 'payments.api.replicas' examples/bank --env prod", together({specFlags(), {format("text|json")}}), 1, 2, runEval},
      {"repl", "[PATH]", "evaluate expressions, one after the other", "On a terminal with history and completion of names and fields (Tab). Definitions (`let`, `fn`, …) hold for the session.\n`:help` tells what else can be asked. Reads lines from a pipe too: results on standard output, exit 1 when any failed.",
       "  chasic repl examples/bank --env prod\n  echo ':type payments.api' | chasic repl examples/bank", together({specFlags()}), 0, 1, runRepl},
      {"fix", "[PATH]", "move a workspace to the newest edition", "Writes the edition into workspace.chasi where it is missing, mends what can be read in one way only (deprecated\nnames, foreign spellings), removes imports that nothing uses, and formats; all modules and environments of the workspace. Shows the changes as a diff.\nA file never parses worse than before. Exit 1 when mistakes are left.",
       "  chasic fix --dry-run                   what would change\n  chasic fix --suggestions               also what was most likely meant: `replicsa` becomes `replicas`",
       together({{{"--dry-run", nullptr, "change nothing, show the diff"}, {"--check", nullptr, "change nothing; list the files that would change, exit 1"}, {"--suggestions", nullptr, "apply what a person most likely meant, too"}}}), 0, 1, runFix},
      {"render", "[PATH]", "the Kubernetes objects, in apply order", "A YAML stream, or one JSON list. With --out, a folder tree fit for GitOps: CLUSTER/NAMESPACE/KIND-NAME.yaml.\nValues of secrets are never rendered.",
       "  chasic render examples/hello | kubectl apply --server-side -f -\n  chasic render --out manifests", together({specFlags(), policyFlags(), {format("yaml|json"), {"--out", "DIR", "write a file for each object; files that are right already stay untouched"}}}), 0, 1, runRender},
  };
}

std::vector<Command> runtimeCommands() {
  return {
      {"plan", "[PATH|PLANFILE]", "what would be done, compared with what is there", "Compares the specification with the live objects, field by field. Writes nothing to any cluster. A saved plan is shown; one that was made\nwith --offline, or travels in an image, is compared as a specification is.",
       "  chasic plan --env prod --out prod.plan.json\n  chasic plan --detailed-exitcode       exit 2 when there are changes\n  chasic plan prod.plan.json --format markdown >> $GITHUB_STEP_SUMMARY",
       together({specFlags(), policyFlags(), clusterFlags(), compareFlags(), partFlags(), {{"--format", "FORMAT", "text, json, or markdown: a comment on a change, or the summary of a pipeline", false, "text|json|markdown"}, {"--out", "FILE", "save the plan; `chasic apply FILE` carries it out"}, {"--detailed-exitcode", nullptr, "exit 2 when there are changes"}, {"--offline", nullptr, "compare with nothing"}, {"--schema", nullptr, "print the JSON Schema of plans"}}}), 0, 1, runPlan},
      {"apply", "[PATH|PLANFILE]", "make it so", "Plans, asks, and carries the plan out: server-side apply as field manager `chasic`, by force only what `fields`\nof a declaration says to take. What the specification no longer describes is deleted, and nothing else. A killed run continues where it was.",
       "  chasic apply --env dev\n  chasic apply prod.plan.json --yes", together({specFlags(), policyFlags(), clusterFlags(), compareFlags(), partFlags(), applyFlags(), {kAllowExec}}), 0, 1, runApply},
      {"destroy", "[PATH]", "delete exactly what is owned", "Deletes what this workspace made, in reverse order.", "  chasic destroy --env dev", together({specFlags(), clusterFlags(), partFlags(), applyFlags()}), 0, 1, runDestroy},
      {"rollback", "[RUN] [PATH]", "go back to what an earlier run left", "Compares the state that a run recorded with what is there, shows the difference, asks, and applies it as any other plan; RUN is an id of\n`chasic history`, or its beginning. Without one, the newest run that succeeded before the last one. Values of secrets come from their\nproviders again, images are not built, and data that is gone stays gone. The sources stay as they are: bring them in line, or the next\napply brings back what was undone. A specification that does not compile is in nobody's way: name and clusters are read of it as far as\nthey can be, and records know the rest. Where no specification is at hand, say --workspace and one of its clusters.",
       "  chasic rollback                        undo the last run\n  chasic rollback 3f9c21aa --env prod\n  chasic rollback --workspace bank --cluster core=prod-eu-1 --env prod     without any sources", together({specFlags(), recordFlags(), clusterFlags(), compareFlags(), partFlags(), applyFlags(), {kAllowExec}}), 0, 2, runRollback},
      {"history", "[RUN] [PATH]", "the runs that changed something, or one of them", "What the clusters keep: the newest 20 runs each, with who, when, the commit, what was done, what failed. A run that was killed shows as\none that did not end. Exit 4 when a cluster could not be asked.",
       "  chasic history --env prod\n  chasic history 3f9c21aa                one run, with its failures", together({specFlags(), recordFlags(), clusterFlags(), {format("text|json")}}), 0, 2, runHistory},
      {"unlock", "[PATH]", "who holds the locks, and how to break one", "Locks expire by themselves fifteen seconds after their holder was last heard of, and the lock of a process of this machine that has\nended counts at once. Breaking one by hand is for holders that run and cannot be stopped.",
       "  chasic unlock\n  chasic unlock --holder 'ci@build-7/4711/9a1c…'", together({specFlags(), recordFlags(), clusterFlags(), {kYes, {"--holder", "HOLDER", "break the lock of this holder, as the list names it"}}}), 0, 1, runUnlock},
      {"status", "[PATH]", "health of clusters, tenants and systems", "Exit 0 only when everything is ready.", "", together({specFlags(), clusterFlags(), {format("text|json")}}), 0, 1, runStatus},
      {"drift", "[PATH]", "what differs from the last apply", "Compares the live objects with what the last apply left, whoever changed them: fields that were applied and have other\nvalues now, what other managers added, what was deleted. Reads only. Values before a change come from the\nspecification where it still asks for the same, else from the record of the last run; where that has none, the managers and times\nthat objects name tell what is known.\nWhat `fields` leaves to others is no drift.",
       "  chasic drift --env prod\n  chasic drift --detailed-exitcode      exit 2 when something differs",
       together({specFlags(), clusterFlags(), {format("text|json"), {"--detailed-exitcode", nullptr, "exit 2 when something differs"}, kAllowExec}}), 0, 1, runDrift},
      {"graph", "[PATH]", "the picture of the operations", "What comes before what, by declaration; dashed, which pods reach others of another tenant through policies.", "  chasic graph examples/bank --format svg > bank.svg\n  chasic graph examples/bank | dot -Tpdf > bank.pdf", together({specFlags(), {{"--format", "FORMAT", "dot, mermaid, json, or svg: a picture that needs nothing else", false, "dot|mermaid|svg|json"}}}), 0, 1, runGraph},
      {"explain", "CODE | VALUE [PATH] | isolation TENANT [PATH]", "an error at length; where a value comes from; who reaches a tenant", "A code, such as CH6203: what it means, an example and its repair, the next steps.\nA value, such as retail.quota.cpu: what it is, and the default, definitions, amendments, environments and\nparameters that made it so, each with its place. Declarations are named alone or with their kind.\nisolation TENANT: who reaches which port of a tenant, by the network policies that would be applied, and what else\nkeeps it apart.",
       "  chasic explain CH6203\n  chasic explain tenant.retail.quota.cpu examples/bank --env prod\n  chasic explain 'payments.expose.\"pay.acme.example\".port' examples/bank\n  chasic explain isolation retail examples/bank", together({specFlags(), {format("text|json")}}), 1, 3, runExplain},
      {"doc", "[PATH|std.NAME|language]", "the language reference; reference pages of a module", "Kinds, schemas, types, functions and parameters of a module with their types, defaults, checks and doc comments.\nlanguage is the reference of the language itself, std.core has the standard kinds, std.builtins the functions\nof the language, std all of std.",
       "  chasic doc language\n  chasic doc std.core\n  chasic doc examples/bank --format html --out site", together({{{"--format", "FORMAT", "Markdown, or one HTML page that needs nothing else", false, "md|html"}, {"--out", "DIR", "write a file into this folder"}}}), 0, 1, runDoc},
  };
}

const Flag kPassphrase = {"--passphrase-file", "FILE", "the passphrase of the private key, instead of CHASI_KEY_PASSPHRASE"};

std::vector<Command> imageCommands() {
  return {
      {"image build", "[PATH]", "build the declared images into an OCI layout", "The same input gives the same digest on any machine; an unchanged build writes nothing. What comes from registries goes by the digests of\nchasi.lock, and is fetched once.", "  chasic image build examples/edge --layout /var/lib/layout",
       together({specFlags(), {{"--image", "NAME", "only this one, with the images that it carries"}, {"--layout", "DIR", "the layout; each image's own unless said otherwise"}, {"--offline", nullptr, "ask no registry; what was never fetched is an error"}, {"--push", nullptr, "and push those that say where to"}, format("text|json")}}), 0, 1, runImageBuild},
      {"image pin", "[PATH]", "pin images of registries to digests, in chasi.lock", "Asks registries what the addresses of bases and carried images lead to, in all environments of the module unless --env names one, and writes\nthe digests down; builds and plans go by them. Pins that nothing in the workspace uses are removed. Commit chasi.lock.", "  chasic image pin\n  chasic image pin --update        look again at what is pinned, and say what changed\n  chasic image pin --check         in a pipeline: exit 1 when something is not pinned",
       together({specFlags(), {{"--update", nullptr, "ask about what is pinned, too"}, {"--check", nullptr, "ask nothing and write nothing; exit 1 when something is not pinned"}, format("text|json")}}), 0, 1, runImagePin},
      {"image inspect", "LAYOUT [REF]", "what a layout holds", "", "", together({{format("text|json")}}), 1, 2, runImageInspect},
      {"image pull", "ADDRESS LAYOUT [REF]", "an image of a registry into a layout", "All platforms of it, unless --platform chooses one. Blobs that are there are not fetched again, and a download that broke off goes on\nwhere it was. Logins are those of docker, podman and skopeo.", "  chasic image pull registry.acme.io/team/shop:1.2 images", together({{{"--platform", "PLATFORM", "only this one"}, format("text|json")}}), 2, 3, runImagePull},
      {"image push", "LAYOUT REF ADDRESS", "an image of a layout into a registry", "Every blob before what points at it, the tag last. What the registry has is not sent again; without a tag in ADDRESS it is that of REF.", "  chasic image push images shop:1.2 registry.acme.io/team/shop", together({{format("text|json")}}), 3, 3, runImagePush},
      {"image copy", "ADDRESS ADDRESS", "an image from one registry to another", "Within one registry nothing is fetched: blobs are mounted.", "  chasic image copy quay.io/team/shop:1.2 registry.acme.io/mirror/shop:1.2", together({{{"--platform", "PLATFORM", "only this one"}, format("text|json")}}), 2, 2, runImageCopy},
      {"image save", "LAYOUT FILE [REF…]", "images of a layout in one file", "An OCI archive, which skopeo, podman and `chasic image load` read; all named images when none is named. The same images give the same\nbytes. --without leaves out what the other side has: a bundle of what is new, which `load` applies there.", "  chasic image save images site.tar shop:1.3 --without site-1.2.tar", together({{{"--without", "LAYOUT|FILE", "what the reader has; may be given several times", true}}}), 2, 1000, runImageSave},
      {"image load", "FILE LAYOUT [REF]", "the images of such a file into a layout", "Nothing is named there before all of it is there and has its digest.", "  chasic image load site.tar /var/lib/images", together({}), 2, 3, runImageLoad},
      {"image unpack", "LAYOUT REF FOLDER", "the files of an image in a folder", "What a container of the image would see. FOLDER appears when it is complete; it must not be there, or be empty. What an image renders is\nplan.json in it, which `chasic apply` takes, and manifests/.", "  chasic image unpack images site:1.2 site && chasic apply site/plan.json", together({{{"--platform", "PLATFORM", "linux/amd64 unless said otherwise"}, format("text|json")}}), 3, 3, runImageUnpack},
      {"image launch", "LAYOUT REF FOLDER", "run the commands that an image brings", "Unpacks the image into FOLDER unless an earlier run did, shows its commands, asks, and runs them in FOLDER, one after the other, with\nthe parameters of the image as variables. The first one that fails ends it; run it again when the cause is gone.", "  chasic image launch images site:1.2 site --set CLUSTER=site-7", together({{{"--set", "NAME=VALUE", "another value for a parameter; may be given several times", true}, {"--platform", "PLATFORM", "linux/amd64 unless said otherwise"}, {"--yes", nullptr, "do not ask"}}}), 3, 3, runImageLaunch},
      {"image find", "FILE|FOLDER|PATH…", "the container images that manifests or specifications need",
       "Found by structure: containers of all pods, images that are volumes, fields of well-known custom resources, options and variables whose\nname says that they are images. Other text that looks like one is doubtful, and exit 1 says that there is some, or a file that cannot be\nread: an image with all of it would not be known to be complete.",
       "  chasic image find manifests\n  helm template my-shop shop > shop.yaml && chasic image find shop.yaml --format json\n  chasic image find examples/bank",
       together({specFlags(), {{"--use", "PATTERN", "a doubtful reference is an image; `*` stands for any text; may be given several times", true}, {"--ignore", "PATTERN", "this is no image, or none to count; may be given several times", true}, format("text|json")}}), 1, 1000, runImageFind},
      {"image verify", "LAYOUT|ADDRESS [REF]", "read every blob and compare its digest; check signatures",
       "Of a layout, all of it or one image with what it carries: digests, sizes, what layers are said to be. Of an image in a registry, its\nmanifests, and that everything they point at is there. Each --key has to have signed the image, with what cosign calls a key pair.",
       "  chasic image verify images\n  chasic image verify registry.acme.io/team/shop:1.2 --key acme.pub", together({{{"--key", "FILE", "a public key in PEM; may be given several times", true}}}), 1, 2, runImageVerify},
      {"image attest", "LAYOUT REF", "hang the list of what is in it on an image", "SPDX 2.3 in JSON: platforms, layers, files with their sums, carried images. For images that others built; `attest = [\"sbom\", \"provenance\"]` of an\n`image` has it done by each build, and adds how it was made. The same image gives the same bytes.",
       "  chasic image attest images nginx:1.27 && chasic image inspect images nginx:1.27", together({}), 2, 2, runImageAttest},
      {"image keygen", "[PREFIX]", "a pair of keys for signing", "Writes PREFIX.key, the private key, and PREFIX.pub (chasi unless said otherwise): ECDSA on P-256, in PEM. With a passphrase the\nprivate key is encrypted; it is read from --passphrase-file or from CHASI_KEY_PASSPHRASE. Files that are there stay.",
       "  CHASI_KEY_PASSPHRASE=… chasic image keygen acme", together({{kPassphrase}}), 0, 1, runImageKeygen},
      {"image sign", "LAYOUT|ADDRESS [REF]", "sign an image with a private key",
       "The signature is over the digest of the image, and hangs on it as `cosign` writes it: as a referrer (OCI 1.1), and in registries under the\ntag sha256-….sig too. push, pull, copy, save and load take it along. A key that has signed the image signs it no second time.\nKeys are PEM (PKCS#8); those in cosign's own encrypted format are not read.",
       "  chasic image sign images shop:1.2 --key acme.key\n  chasic image sign registry.acme.io/team/shop:1.2 --key acme.key", together({{{"--key", "FILE", "the private key"}, kPassphrase, {"--identity", "NAME", "what the signature calls the image, instead of its name"}}}), 1, 2, runImageSign},
      {"image diff", "LAYOUT REF REF", "files in which two images differ", "Exit 1 when there are differences.", "", together({{{"--platform", "PLATFORM", "linux/amd64 unless said otherwise"}, {"--other-layout", "DIR", "where the second image is"}}}), 3, 3, runImageDiff},
      {"image serve", "LAYOUT", "a registry over a layout, which only gives",
       "For the nodes of a site that reaches no other registry: containerd, podman, skopeo and `chasic image pull` ask it. An image tools:1.0 of the\nlayout is the repository tools; images that it carries have their own names, with and without their registry, so that it serves as a mirror\n"
       "(`?ns=` is understood). The layout may be written meanwhile. Whoever reaches the address may read: it is that of this machine alone, unless\n--listen says otherwise. Ends at Ctrl-C. --verbose tells of each request.",
       "  chasic image serve /var/lib/images --listen 0.0.0.0:5000\n  chasic image serve images --listen 0.0.0.0:443 --tls-cert site.pem --tls-key site.key",
       together({{{"--listen", "ADDRESS:PORT", "where (127.0.0.1:5000); port 0 takes a free one"}, {"--tls-cert", "FILE", "the certificate, with those between it and the authority, in PEM"}, {"--tls-key", "FILE", "its key, in PEM"}}}), 1, 1, runImageServe},
      {"image gc", "LAYOUT", "delete blobs that nothing points at", "", "", together({{{"--dry-run", nullptr, "only list them"}}}), 1, 1, runImageGarbage},
  };
}

std::vector<Command> modCommands() {
  return {
      {"mod add", "NAME[@VERSION] [PATH]", "require a package, or another version of it", "Writes `require` into workspace.chasi, the version and digest into chasi.lock, and the package into vendor/NAME.\nThe lowest version that meets everybody is taken; without VERSION the newest one is asked for.",
       "  chasic mod add acme.platform --from ../packages       the newest of an OCI layout\n  chasic mod add acme.platform --from oci://registry.acme.io/platform\n  chasic mod add acme.platform@2.0                      the next major version, when you mean it",
       together({{{"--from", "SOURCE", "an OCI layout, the folder of the package, or oci://HOST/PATH for a registry; needed the first time"}}}), 1, 2, runModAdd},
      {"mod update", "[NAME…]", "require the newest compatible versions", "Raises what workspace.chasi requires; all packages when none is named. Another major version is only told of.", "", together({}), 0, 1000, runModUpdate},
      {"mod vendor", "[PATH]", "make chasi.lock and vendor/ fit workspace.chasi", "Gets what is missing or damaged from its source. Locked versions stay while they meet everybody.", "", together({}), 0, 1, runModVendor},
      {"mod verify", "[PATH]", "compare vendor/ and chasi.lock with what is required", "Reads every package again; changes nothing and asks no source. Exit 1 when something is wrong.", "", together({}), 0, 1, runModVerify},
      {"mod list", "[PATH]", "the packages, and who requires them", "", "", together({{format("text|json")}}), 0, 1, runModList},
      {"mod pack", "[PATH]", "put this package where others can add it", "Checks every module of it first. A version that is there already with other content is refused. In a registry the package\nis the repository HOST/PATH/OWNER.NAME, and the version its tag; logins of skopeo, podman and docker are used.",
       "  chasic mod pack platform --layout packages\n  chasic mod pack platform --push oci://registry.acme.io/platform",
       together({{{"--layout", "DIR", "an OCI layout; it is made when it is missing"}, {"--push", "SOURCE", "a registry, written oci://HOST/PATH"}, format("text|json")}}), 0, 1, runModPack},
  };
}

std::vector<Command> importCommands() {
  const Flag out = {"--out", "FILE", "write the module there instead of to standard output"};
  const Flag context = {"--context", "NAME", "what the API server of this kubeconfig context has, instead of files; `local` is the embedded cluster"};
  const Flag kubeconfig = {"--kubeconfig", "FILE", "instead of KUBECONFIG and ~/.kube/config"};
  return {
      {"import", "FILE…", "a module of the objects in files of YAML", "A module that makes the same Kubernetes objects: workloads as components of systems where that says the same, everything else as objects\nwith the types of std.k8s, what belongs to one application in one declaration, what repeats under a name. Before anything is written, the module is\ncompiled and what it makes is compared with the files. Objects that Kubernetes would refuse are kept apart, with the reason. The report\non standard error says what was found and what to look at. `-` is standard input.",
       "  kubectl get deployments,services,configmaps -n shop -o yaml | chasic import - --out shop.chasi\n  helm template my-redis bitnami/redis > redis.yaml && chasic import redis.yaml --namespace redis",
       together({{{"--cluster", "NAME", "the name of the cluster that is declared (main)"}, {"--namespace", "NAME", "of objects that name none and lie in one (default)"}, {"--objects", nullptr, "everything as objects, nothing as systems"}, out}}), 1, 10000, runImport},
      {"import crd", "[FILE…]", "typed schemas of custom objects", "A module with a schema for each version of each CustomResourceDefinition that is served, and one for each object in it: what is\nrequired, choices, bounds and patterns are types; rules that only the server can check are notes. apiVersion and kind are filled in.",
       "  chasic import crd --context prod --out acme/crds.chasi\n  chasic import crd prometheus.yaml alertmanager.yaml --out monitoring/kinds.chasi", together({{context, kubeconfig, out}}), 0, 10000, runImportCrd},
      {"import openapi", "[FILE…]", "typed schemas of what an API server serves", "A module of the same form from OpenAPI documents of version 3: a schema for each kind, and for what it refers to.",
       "  chasic import openapi --context prod --kinds Deployment,StatefulSet --out kinds.chasi\n  kubectl get --raw /openapi/v3/apis/apps/v1 > apps.json && chasic import openapi apps.json",
       together({{{"--kinds", "A,B", "only these kinds; all unless said otherwise"}, context, kubeconfig, out}}), 0, 10000, runImportOpenApi},
      {"import schema", "FILE", "a typed schema of a chart's values", "A module with a schema of what a JSON Schema describes, so that values are typed: `yaml(\"values.yaml\") as Values`.",
       "  chasic import schema values.schema.json --out chart/values.chasi", together({{{"--name", "NAME", "the name of the schema (Values)"}, out}}), 1, 1, runImportSchema},
      {"import kubefile", "FILE", "an image of a Kubefile",
       "A module with the `image` that a Kubefile describes: its base, files, variables, labels, commands and container images. The report on\nstandard error says line by line what has no equivalent, and what to do about it. Files are looked for beside the Kubefile; the module is\ncompiled before anybody gets it.",
       "  chasic import kubefile Kubefile --out platform.chasi",
       together({{{"--name", "NAME", "the name of the image; the folder's unless said otherwise"}, {"--tag", "TAG", "its tag (latest)"}, {"--platform", "PLATFORM", "may be given several times (linux/amd64)", true}, {"--build-arg", "NAME=VALUE", "the value of an ARG; may be given several times", true}, out}}), 1, 1, runImportKubefile},
      {"import vcluster", "NAME", "a virtual cluster that Helm installed", "A module with a tenant that has this virtual cluster, as the public chart made it: its version, and the values that are not the chart's\nown. `chasic apply --adopt all` takes it over; its control plane goes on, and the report says so after a comparison with the pods that run. Helm's\nrelease is left as it is, and the report says how Helm forgets it.",
       "  chasic import vcluster dev --context prod --out dev.chasi\n  chasic plan --adopt all && chasic apply --adopt all", together({{{"--context", "NAME", "the host's context of the kubeconfig, the current one unless said otherwise; `local` is the embedded cluster"}, kubeconfig, {"--namespace", "NS", "of the host; needed when several have a virtual cluster of that name"}, {"--on", "NAME", "the name of the cluster that is declared (main)"}, out}}), 1, 1, runImportVcluster},
  };
}

std::vector<Command> vclusterCommands() {
  const std::vector<Flag> host = {{"--context", "NAME", "the host's context of the kubeconfig, the current one unless said otherwise; `local` is the embedded cluster"}, {"--kubeconfig", "FILE", "instead of KUBECONFIG and ~/.kube/config"}, {"--namespace", "NS", "of the host; needed when several have a virtual cluster of that name"}};
  return {
      {"vcluster list", "", "the virtual clusters of a host, whoever made them", "Found by the label app=vcluster. Paused are those that were scaled to nothing.", "  chasic vcluster list --context prod-eu-1\n  chasic vcluster list --format json", together({host, {format("text|json")}}), 0, 0, runVclusterList},
      {"vcluster kubeconfig", "NAME", "a kubeconfig with an address that leads there", "What the control plane wrote, with the address of its load balancer or node port where its own leads nowhere from here. TLS is verified.", "  chasic vcluster kubeconfig retail > retail.yaml && kubectl --kubeconfig retail.yaml get namespaces", together({host}), 1, 1, runVclusterKubeconfig},
      {"vcluster pause", "NAME", "end all that runs of it, and keep its state", "As the vendor's tools do it, which resume it too: the control plane is scaled to nothing, and the pods of what is inside end. Volumes,\nServices and quota stay. An apply leaves it so and says so; `state = \"paused\"` in the specification makes it last.", "  chasic vcluster pause retail", together({host}), 1, 1, runVclusterPause},
      {"vcluster resume", "NAME", "let one that was paused run again", "Nobody waits until it answers: the next apply does. One whose specification says `state = \"paused\"` is paused by the next apply.", "  chasic vcluster resume retail", together({host}), 1, 1, runVclusterResume},
      {"vcluster snapshot", "NAME URL", "keep its state elsewhere",
       "Its own control plane writes the snapshot, asked as the vendor's tools ask it (0.29 or later, and it must run). URL is s3://BUCKET/KEY,\noci://REGISTRY/REPOSITORY:TAG, container:///data/FILE.tar.gz on its own volume, or https://… of a blob in Azure; options follow a `?` as there.\n"
       "Credentials are never part of it: they are read from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN or the file of the AWS\ntools, from what `docker login` keeps, or from AZURE_STORAGE_BLOB_SAS, and go into a Secret that the control plane deletes. Without any the\n"
       "control plane uses what its own account may. What is on the volumes of pods inside is not part of a snapshot.",
       "  chasic vcluster snapshot retail s3://backups/retail/2026-11-28.tar.gz\n  chasic vcluster snapshot retail oci://registry.acme.io/backups/retail:monday --no-wait",
       together({host, {{"--timeout", "TIME", "how long to wait for it (10min); it goes on afterwards"}, {"--no-wait", nullptr, "only ask for it"}}}), 2, 2, runVclusterSnapshot},
      {"vcluster snapshots", "NAME", "snapshots that were asked for, and how they ended", "Requests stay for a day after they ended. Older snapshots are only where they were written to.", "  chasic vcluster snapshots retail", together({host, {format("text|json")}}), 1, 1, runVclusterSnapshots},
      {"vcluster restore", "NAME URL", "put a snapshot back, over the state that is there",
       "The control plane and all that runs inside end, a pod writes the state, and it starts again; one that was paused stays paused. URL and\ncredentials are those of `vcluster snapshot`. Killed at any point, the same command continues. While it lasts, applies leave the cluster alone.\n"
       "When writing fails, the cluster stays down: over half of a state its control plane would delete on the host what is missing inside.",
       "  chasic vcluster restore retail s3://backups/retail/2026-11-28.tar.gz",
       together({host, {kYes, {"--timeout", "TIME", "how long the snapshot may take to be written back (30min)"}}}), 2, 2, runVclusterRestore},
      {"vcluster upgrade", "NAME", "to another version of the chart, for one that no specification describes",
       "Its values stay as they are: those that Helm recorded, or what its configuration has besides the defaults of its version. What the newer\nchart changes is shown as a plan and changed, what it no longer has is deleted, and all else is left as it is. Versions go up one minor at a\n"
       "time. Everything is tried as dry runs before anything is written. Killed at any point, the same command continues.\nOne that a specification describes is refused: change its `version` there.\n"
       "Helm's record is left alone: `helm list` goes on to show the older version until the next `helm upgrade --version` to the newer one, which\nthen changes nothing; `helm rollback` would go back, and no control plane reads what a newer one wrote.",
       "  chasic vcluster upgrade legacy --to 0.36.1 --dry-run\n  chasic vcluster upgrade legacy --to 0.36.1 --snapshot s3://backups/legacy/before-0.36.tar.gz",
       together({host, {{"--to", "VERSION", "the version of the chart"}, {"--snapshot", "URL", "take a snapshot first, as `vcluster snapshot` does"}, {"--dry-run", nullptr, "only show what would change"}, kYes,
                        {"--timeout", "TIME", "how long it may take to run again, and how long the snapshot may take (10min)"}}}), 1, 1, runVclusterUpgrade},
      {"vcluster render", "", "the objects that the public chart makes of values", "For those who come from Helm: the same objects in the same order as `helm template` gives, from the same values file, with the\nchart's own labels, and what the chart does wrong. Values that it refuses are errors at their place in the file.",
       "  chasic vcluster render --name dev --namespace team-a --values values.yaml\n  chasic vcluster render --chart 0.35.3 --name dev --namespace team-a --format json",
       together({{{"--chart", "VERSION", "the version of the chart; the newest that is known unless said otherwise"}, {"--name", "NAME", "the name of the release, which is that of the virtual cluster"}, {"--namespace", "NS", "the namespace on the host"}, {"--kube-version", "VERSION", "the host's version of Kubernetes (1.34)"}, {"--values", "FILE", "values over those of the chart, in YAML"}, {"--upgrade", nullptr, "the release is there already"}, format("yaml|json")}}), 0, 0, runVclusterRender},
  };
}

std::vector<Command> otherCommands() {
  return {
      {"local up", "[PATH]", "the embedded cluster as a server of its own", "Starts it in the background and prints how kubectl reaches it. It listens on 127.0.0.1 only, without authentication.\nNo pods run in it: a simulation marks workloads ready.", "  eval \"$(chasic local up)\" && kubectl get namespaces",
       together({{{"--port", "PORT", "a free one unless said otherwise"}, {"--foreground", nullptr, "stay, until Ctrl-C"}}}), 0, 1, runLocalUp},
      {"local down", "[PATH]", "stop it; what it holds stays", "", "", together({}), 0, 1, runLocalDown},
      {"local reset", "[PATH]", "delete everything that it holds", "", "", together({{kYes}}), 0, 1, runLocalReset},
      {"local status", "[PATH]", "whether it runs, and where", "", "", together({}), 0, 1, runLocalStatus},
      {"local kubeconfig", "[PATH]", "a kubeconfig for it", "", "", together({}), 0, 1, runLocalKubeconfig},
      {"lsp", "", "the language server, on standard input and output", "For editors: diagnostics with fixes while typing, hover with values and why they are so, definitions, references, renaming, completion,\nsignatures, code actions, symbols, semantic tokens, inlay hints, lenses, rendered YAML. compiler/lsp/README.md has the settings.", "", together({{{"--check", "PATH", "ask everything at every token of a file, or of all files in a folder; exit 1 when something fails or takes longer than a second"}}}), 0, 0, runLsp},
      {"completion", "bash|zsh|fish", "shell completion", "", "  chasic completion bash > /etc/bash_completion.d/chasic", together({}), 1, 1, runCompletion},
      {"version", "", "version, language edition, Kubernetes versions known", "", "", together({{format("text|json")}}), 0, 0, runVersion},
  };
}

} // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> list;
    for (std::vector<Command> part : {specCommands(), runtimeCommands(), imageCommands(), modCommands(), importCommands(), vclusterCommands(), otherCommands()}) list.insert(list.end(), part.begin(), part.end());
    return list;
  }();
  return all;
}

const Command* findCommand(llvm::StringRef name) {
  for (const Command& c : commands())
    if (name == c.name) return &c;
  return nullptr;
}

} // namespace chasi::driver
