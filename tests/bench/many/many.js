// For node with the package cdk8s.
const { ApiObject, App, Chart, Testing } = require('cdk8s');

function space(chart, n) {
  const tenant = `t-${n}`, labels = { app: 'web', tenant }, replicas = n % 5 + 1, port = 8080, cpu = 250 * replicas, memory = 256 * replicas;
  const add = (id, props) => new ApiObject(chart, `${tenant}-${id}`, props);
  add('namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: tenant, labels: { tenant } } });
  add('quota', {
    apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'quota', namespace: tenant },
    spec: { hard: { 'requests.cpu': cpu % 1000 === 0 ? `${cpu / 1000}` : `${cpu}m`, 'requests.memory': memory % 1024 === 0 ? `${memory / 1024}Gi` : `${memory}Mi`, pods: '50' } },
  });
  add('deny', { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'default-deny', namespace: tenant }, spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } });
  add('web', {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: tenant, labels },
    spec: {
      replicas, selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'web', image: `registry.example.org/web:1.${n % 10}`, ports: [{ containerPort: port }], resources: { requests: { cpu: '250m', memory: '256Mi' } } }] },
      },
    },
  });
  add('service', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: tenant, labels }, spec: { selector: labels, ports: [{ port: 80, targetPort: port }] } });
}

const chart = new Chart(new App(), 'many', { disableResourceNameHashes: true });
for (let n = 1; n <= COUNT; ++n) space(chart, n);
process.stdout.write(JSON.stringify(Testing.synth(chart)));
