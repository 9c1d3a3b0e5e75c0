//! kubectl, an old one and a new one, and helm against the API server of a simulated cluster.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::support::served::{Served, counterpart};
use crate::support::tidegate::{Place, until};

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: example.com/web }] }
";

const DEFINITION: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: boats.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: boats, kind: Boat, shortNames: [bo], categories: [all] }
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{ name: Sails, type: integer, jsonPath: .spec.sails }]
    schema:
      openAPIV3Schema:
        type: object
        properties: { spec: { type: object, properties: { sails: { type: integer, description: How many sails. } } } }
";

const BOAT: &str = "
apiVersion: example.com/v1
kind: Boat
metadata: { name: one }
spec: { sails: 2 }
";

/// A program with a kubeconfig for the clusters of a served simulation.
struct Client<'s> {
    program: PathBuf,
    served: &'s Served,
    folder: tempfile::TempDir,
}

impl<'s> Client<'s> {
    fn new(program: &str, served: &'s Served) -> Option<Self> {
        let program = counterpart(program)?;
        let folder = tempfile::tempdir().unwrap();
        let client = Self { program, served, folder };
        client.write("kubeconfig", &served.get("/kubeconfig"));
        Some(client)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(&self.program);
        let folder = self.folder.path();
        command.args(arguments.split_whitespace()).current_dir(folder).env_clear();
        command.env("HOME", folder).env("KUBECONFIG", folder.join("kubeconfig")).env("NO_PROXY", "127.0.0.1");
        // For `diff` and credentials.
        command.env("PATH", "/usr/bin:/bin").env("AWS_ENDPOINT_URL", self.served.url());
        command
    }

    /// Whether it succeeds, and everything it prints.
    fn run(&self, arguments: &str, input: &str) -> (bool, String) {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.success(), format!("{}{}", text(&output.stdout), text(&output.stderr)))
    }

    /// What it prints when it succeeds.
    fn does(&self, arguments: &str) -> String {
        self.takes(arguments, "")
    }

    fn takes(&self, arguments: &str, input: &str) -> String {
        let (succeeded, printed) = self.run(arguments, input);
        assert!(succeeded, "{} {arguments}: {printed}", self.program.display());
        printed
    }

    fn refuses(&self, arguments: &str, input: &str) -> String {
        let (succeeded, printed) = self.run(arguments, input);
        assert!(!succeeded, "{} {arguments}: {printed}", self.program.display());
        printed
    }
}

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

/// The first words of each line, with one space between them.
fn words(table: &str) -> Vec<String> {
    table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn quickstart() -> Place {
    let place = Place::with_stack("quickstart");
    place.expect(0, "apply --simulate --auto-approve");
    place
}

#[test]
fn an_old_kubectl_works_on_a_simulated_cluster() {
    works_on_a_simulated_cluster("kubectl-1.32");
}

#[test]
fn a_new_kubectl_works_on_a_simulated_cluster() {
    works_on_a_simulated_cluster("kubectl-1.37");
}

fn works_on_a_simulated_cluster(program: &str) {
    if counterpart(program).is_none() {
        return;
    }
    let place = quickstart();
    let served = Served::start(&place, 120);
    let Some(kubectl) = Client::new(program, &served) else { return };
    has(&kubectl.does("api-resources"), &["deployments", "apps/v1", "horizontalpodautoscalers", "autoscaling/v2"]);
    has(&kubectl.does("get nodes"), &["Ready"]);
    workloads(&kubectl);
    custom_resources(&kubectl);
    namespaces(&kubectl);
}

fn workloads(kubectl: &Client<'_>) {
    kubectl.write("web.yaml", DEPLOYMENT);
    kubectl.write("more.yaml", &DEPLOYMENT.replace("replicas: 2", "replicas: 4"));
    has(&kubectl.does("apply --server-side -f web.yaml"), &["deployment.apps/web serverside-applied"]);
    let conflict = kubectl.refuses("apply --server-side --field-manager other -f more.yaml", "");
    has(&conflict, &["conflict with \"kubectl\"", ".spec.replicas"]);
    has(&kubectl.does("wait --for=condition=Available deployment/web --timeout=60s"), &["condition met"]);
    let mut watch = kubectl.command("get deployments -w -o name").stdout(Stdio::piped()).spawn().unwrap();
    let table = words(&kubectl.does("get deployments -o wide"));
    assert_eq!(table[0], "NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR");
    has(&table[1], &["web 2/2 2 2 ", " web example.com/web app=web"]);
    has(
        &kubectl.does("get all -A"),
        &["pod/web-", "replicaset.apps/web-", "deployment.apps/web", "service/kubernetes"],
    );
    has(
        &kubectl.does("describe deployment web"),
        &["2 desired | 2 updated", "NewReplicaSetAvailable", "ScalingReplicaSet"],
    );
    assert_eq!(kubectl.does("diff --server-side --field-manager kubectl -f web.yaml"), "");
    has(
        &kubectl.refuses("diff --server-side --field-manager kubectl -f more.yaml", ""),
        &["-  replicas: 2", "+  replicas: 4"],
    );
    has(&kubectl.does("label deployment web tier=front"), &["deployment.apps/web labeled"]);
    has(&kubectl.does("get deployments -l tier=front -o name"), &["deployment.apps/web"]);
    assert_eq!(kubectl.does("get deployments -l tier!=front -o name"), "");
    has(&kubectl.does("scale deployment web --replicas=3"), &["deployment.apps/web scaled"]);
    has(&kubectl.does("rollout status deployment web --timeout=60s"), &["successfully rolled out"]);
    has(&kubectl.does("explain deployment.spec.replicas"), &["KIND:", "Deployment", "replicas"]);
    let misspelled = DEPLOYMENT.replace("replicas: 2", "replica: 2");
    has(&kubectl.refuses("apply -f -", &misspelled), &["strict decoding error: unknown field \"spec.replica\""]);
    has(&kubectl.does("delete deployment web"), &["deployment.apps \"web\" deleted"]);
    until("the pods to go", || !kubectl.does("get pods -o name").contains("pod/web-"));
    watch.kill().unwrap();
    let watched = watch.wait_with_output().unwrap().stdout;
    has(&String::from_utf8_lossy(&watched), &["deployment.apps/web"]);
}

fn custom_resources(kubectl: &Client<'_>) {
    kubectl.write("boats.yaml", DEFINITION);
    kubectl.write("boat.yaml", BOAT);
    has(&kubectl.does("apply -f boats.yaml"), &["boats.example.com created"]);
    has(&kubectl.does("wait --for=condition=Established crd/boats.example.com --timeout=60s"), &["condition met"]);
    has(&kubectl.does("apply -f boat.yaml"), &["boat.example.com/one created"]);
    assert_eq!(words(&kubectl.does("get bo")), ["NAME SAILS", "one 2"]);
    has(&kubectl.does("apply -f boat.yaml"), &["boat.example.com/one unchanged"]);
    has(&kubectl.takes("apply -f -", &BOAT.replace('2', "3")), &["boat.example.com/one configured"]);
    has(&kubectl.refuses("apply -f -", &BOAT.replace('2', "many")), &["spec.sails"]);
    has(&kubectl.does("explain boat.spec.sails"), &["How many sails."]);
    has(&kubectl.does("get crd"), &["boats.example.com"]);
    has(&kubectl.does("delete -f boats.yaml"), &["boats.example.com\" deleted"]);
    has(&kubectl.refuses("get crd boats.example.com", ""), &["\"boats.example.com\" not found"]);
}

fn namespaces(kubectl: &Client<'_>) {
    has(&kubectl.does("create namespace demo"), &["namespace/demo created"]);
    has(&kubectl.does("create configmap settings -n demo --from-literal=a=b"), &["configmap/settings created"]);
    has(&kubectl.does("create deployment other -n demo --image=example.com/other"), &["deployment.apps/other created"]);
    assert_eq!(kubectl.does("get configmap settings -n demo -o jsonpath={.data.a}"), "b");
    has(&kubectl.refuses("create namespace demo", ""), &["namespaces \"demo\" already exists"]);
    has(&kubectl.does("delete namespace demo --timeout=60s"), &["namespace \"demo\" deleted"]);
    has(&kubectl.refuses("get namespace demo", ""), &["namespaces \"demo\" not found"]);
}

#[test]
fn helm_installs_and_uninstalls_a_chart() {
    if counterpart("helm").is_none() {
        return;
    }
    let place = quickstart();
    let served = Served::start(&place, 120);
    let (Some(helm), Some(kubectl)) = (Client::new("helm", &served), Client::new("kubectl-1.37", &served)) else {
        return;
    };
    helm.write("chart/Chart.yaml", "{ apiVersion: v2, name: trivial, version: 0.1.0 }");
    helm.write("chart/templates/web.yaml", DEPLOYMENT);
    let settings =
        "{ apiVersion: v1, kind: ConfigMap, metadata: { name: settings }, data: { release: {{ .Release.Name }} } }";
    helm.write("chart/templates/settings.yaml", settings);
    helm.does("install trial chart -n demo --create-namespace --wait --timeout 120s");
    has(&helm.does("list -A"), &["trial", "deployed", "trivial-0.1.0"]);
    assert_eq!(kubectl.does("get configmap settings -n demo -o jsonpath={.data.release}"), "trial");
    has(&kubectl.does("get deployment web -n demo"), &["2/2"]);
    helm.does("upgrade trial chart -n demo --wait --timeout 120s");
    helm.does("uninstall trial -n demo --wait --timeout 120s");
    assert!(!helm.does("list -A").contains("trial"));
    has(&kubectl.refuses("get deployment web -n demo", ""), &["deployments.apps \"web\" not found"]);
}

#[test]
fn the_aws_command_lets_kubectl_in() {
    if counterpart("kubectl-1.37").is_none() || counterpart("aws").is_none() {
        return;
    }
    let place = quickstart();
    let served = Served::start(&place, 60);
    let Some(kubectl) = Client::new("kubectl-1.37", &served) else { return };
    let kubeconfig = kubectl.folder.path().join("kubeconfig");
    served.aws(&format!("eks update-kubeconfig --name quickstart --kubeconfig {}", kubeconfig.display()));
    has(
        &kubectl.does("get namespaces --context arn:aws:eks:us-east-1:123456789012:cluster/quickstart"),
        &["kube-system"],
    );
}
