local cpu(n) = std.toString(n) + 'm';
local space(n) =
  local tenant = 't-%d' % n, labels = { app: 'web', tenant: tenant }, replicas = n % 5 + 1, port = 8080;
  local amount = 250 * replicas;
  [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: tenant, labels: { tenant: tenant } } },
    { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'quota', namespace: tenant }, spec: { hard: { 'requests.cpu': if amount % 1000 == 0 then '%d' % (amount / 1000) else cpu(amount), 'requests.memory': if 256 * replicas % 1024 == 0 then '%dGi' % (256 * replicas / 1024) else '%dMi' % (256 * replicas), pods: '50' } } },
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'default-deny', namespace: tenant }, spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } },
    {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: tenant, labels: labels },
      spec: {
        replicas: replicas, selector: { matchLabels: labels },
        template: {
          metadata: { labels: labels },
          spec: { containers: [{ name: 'web', image: 'registry.example.org/web:1.%d' % (n % 10), ports: [{ containerPort: port }], resources: { requests: { cpu: '250m', memory: '256Mi' } } }] },
        },
      },
    },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: tenant, labels: labels }, spec: { selector: labels, ports: [{ port: 80, targetPort: port }] } },
  ];
std.flattenArrays([space(n) for n in std.range(1, COUNT)])
