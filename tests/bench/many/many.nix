let
  mod = a: b: a - b * (a / b);
  space = n:
    let
      tenant = "t-${toString n}";
      labels = { app = "web"; inherit tenant; };
      replicas = mod n 5 + 1;
      port = 8080;
      cpu = 250 * replicas;
      memory = 256 * replicas;
    in [
      { apiVersion = "v1"; kind = "Namespace"; metadata = { name = tenant; labels = { inherit tenant; }; }; }
      {
        apiVersion = "v1"; kind = "ResourceQuota"; metadata = { name = "quota"; namespace = tenant; };
        spec.hard = {
          "requests.cpu" = if mod cpu 1000 == 0 then toString (cpu / 1000) else "${toString cpu}m";
          "requests.memory" = if mod memory 1024 == 0 then "${toString (memory / 1024)}Gi" else "${toString memory}Mi";
          pods = "50";
        };
      }
      { apiVersion = "networking.k8s.io/v1"; kind = "NetworkPolicy"; metadata = { name = "default-deny"; namespace = tenant; }; spec = { podSelector = { }; policyTypes = [ "Ingress" "Egress" ]; }; }
      {
        apiVersion = "apps/v1"; kind = "Deployment"; metadata = { name = "web"; namespace = tenant; inherit labels; };
        spec = {
          inherit replicas;
          selector.matchLabels = labels;
          template = {
            metadata = { inherit labels; };
            spec.containers = [ { name = "web"; image = "registry.example.org/web:1.${toString (mod n 10)}"; ports = [ { containerPort = port; } ]; resources.requests = { cpu = "250m"; memory = "256Mi"; }; } ];
          };
        };
      }
      { apiVersion = "v1"; kind = "Service"; metadata = { name = "web"; namespace = tenant; inherit labels; }; spec = { selector = labels; ports = [ { port = 80; targetPort = port; } ]; }; }
    ];
in builtins.concatLists (builtins.genList (i: space (i + 1)) COUNT)
