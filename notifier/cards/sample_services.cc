#include "notifier/cards/sample_texts.h"

namespace swarmbell::cards {

std::vector<SampleText> ServiceSamples() {
  return {
      {"service-appeared",
       Color::kGreen,
       {R"pb(
          action: ACTION_CREATED
          resource {
            kind: RESOURCE_KIND_SERVICE
            id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
            name: "shop_api"
            stack: "shop"
          }
          service_appeared {
            service {
              image: "registry.example.com/shop/api:2.4.1@sha256:1f0c9d3e5b7a2468ace013579bdf8642"
              mode { kind: SERVICE_MODE_KIND_REPLICATED replicas: 3 }
              published_ports: "8080->80/tcp ingress"
              networks: "shop_backend"
              memory_limit: "512 MiB"
              cpu_limit: "0.5 CPU"
            }
          })pb"}},
      {"service-disappeared", Color::kRed, {R"pb(
                                              action: ACTION_REMOVED
                                              resource {
                                                kind: RESOURCE_KIND_SERVICE
                                                id: "q6t1zc8mvy4wrk0nbx5hjd2sg"
                                                name: "shop_legacy-mailer"
                                                stack: "shop"
                                              }
                                              service_disappeared {
                                                service {
                                                  image: "registry.example.com/shop/mailer:1.9.0"
                                                  mode { kind: SERVICE_MODE_KIND_REPLICATED replicas: 2 }
                                                  published_ports: "2525->25/tcp ingress"
                                                }
                                              })pb"}},
      {"task-template-changed",
       Color::kYellow,
       {R"pb(
          action: ACTION_UPDATED
          resource {
            kind: RESOURCE_KIND_SERVICE
            id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
            name: "shop_api"
            stack: "shop"
          }
          service_task_template_changed {
            fields {
              group: "Environment"
              name: "LOG_LEVEL"
              kind: FIELD_CHANGE_KIND_CHANGED
              previous_value: "info"
              current_value: "debug"
            }
            fields {
              group: "Environment"
              name: "DB_PASSWORD"
              kind: FIELD_CHANGE_KIND_CHANGED
              masked: true
              previous_value: "••••"
              current_value: "••••"
            }
            fields {
              group: "Environment"
              name: "CHECKOUT_V2"
              kind: FIELD_CHANGE_KIND_ADDED
              current_value: "on"
            }
            fields {
              group: "Environment"
              name: "LEGACY_CACHE"
              kind: FIELD_CHANGE_KIND_REMOVED
              previous_value: "true"
            }
            fields {
              group: "Arguments"
              kind: FIELD_CHANGE_KIND_CHANGED
              previous_value: "--workers 2 --log-format text"
              current_value: "--workers 4 --log-format json"
            }
            fields {
              group: "Resources"
              name: "Memory limit"
              kind: FIELD_CHANGE_KIND_CHANGED
              previous_value: "512 MiB"
              current_value: "1 GiB"
            }
          })pb",
        R"pb(
          action: ACTION_UPDATED
          resource {
            kind: RESOURCE_KIND_SERVICE
            id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
            name: "shop_api"
            stack: "shop"
          }
          service_update_state_changed {
            current_state: UPDATE_STATE_UPDATING
            message: "update in progress"
            start_time { seconds: 1795351443 }
            wanted_tasks: 3
          })pb"}},
      {"mode-changed",
       Color::kBlue,
       {R"pb(
          action: ACTION_UPDATED
          resource {
            kind: RESOURCE_KIND_SERVICE
            id: "j2v8ry5xkq0zwt6mbn3hcd9fs"
            name: "shop_web"
            stack: "shop"
          }
          service_mode_changed {
            previous_mode { kind: SERVICE_MODE_KIND_REPLICATED replicas: 2 }
            current_mode { kind: SERVICE_MODE_KIND_REPLICATED replicas: 5 }
          })pb",
        R"pb(
          action: ACTION_UPDATED
          resource {
            kind: RESOURCE_KIND_SERVICE
            id: "j2v8ry5xkq0zwt6mbn3hcd9fs"
            name: "shop_web"
            stack: "shop"
          }
          service_endpoint_spec_changed {
            fields {
              group: "Endpoint"
              name: "Mode"
              kind: FIELD_CHANGE_KIND_CHANGED
              previous_value: "vip"
              current_value: "dnsrr"
            }
          })pb"}},
      {"endpoint-spec-changed",
       Color::kBlue,
       {R"pb(
          action: ACTION_UPDATED
          resource {
            kind: RESOURCE_KIND_SERVICE
            id: "j2v8ry5xkq0zwt6mbn3hcd9fs"
            name: "shop_web"
            stack: "shop"
          }
          service_endpoint_spec_changed {
            fields {
              group: "Ports"
              kind: FIELD_CHANGE_KIND_CHANGED
              previous_value: "8080->80/tcp ingress"
              current_value: "80->80/tcp host"
            }
            fields { group: "Ports" kind: FIELD_CHANGE_KIND_ADDED current_value: "8443->443/tcp ingress" }
            fields { group: "Ports" kind: FIELD_CHANGE_KIND_REMOVED previous_value: "9090->9090/tcp ingress" }
          })pb",
        R"pb(
          action: ACTION_UPDATED
          resource {
            kind: RESOURCE_KIND_SERVICE
            id: "j2v8ry5xkq0zwt6mbn3hcd9fs"
            name: "shop_web"
            stack: "shop"
          }
          service_update_state_changed {
            current_state: UPDATE_STATE_UPDATING
            message: "update in progress"
            start_time { seconds: 1795351443 }
            wanted_tasks: 5
          })pb"}},
      {"rollback-config-changed", Color::kBlue, {R"pb(
                                                   action: ACTION_UPDATED
                                                   resource {
                                                     kind: RESOURCE_KIND_SERVICE
                                                     id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
                                                     name: "shop_api"
                                                     stack: "shop"
                                                   }
                                                   service_rollback_config_changed {
                                                     fields {
                                                       group: "Rollback config"
                                                       name: "Parallelism"
                                                       kind: FIELD_CHANGE_KIND_CHANGED
                                                       previous_value: "1"
                                                       current_value: "2"
                                                     }
                                                     fields {
                                                       group: "Rollback config"
                                                       name: "Delay"
                                                       kind: FIELD_CHANGE_KIND_ADDED
                                                       current_value: "10s"
                                                     }
                                                     fields {
                                                       group: "Rollback config"
                                                       name: "Order"
                                                       kind: FIELD_CHANGE_KIND_CHANGED
                                                       previous_value: "stop-first"
                                                       current_value: "start-first"
                                                     }
                                                   })pb"}},
      {"update-config-changed", Color::kBlue, {R"pb(
                                                 action: ACTION_UPDATED
                                                 resource {
                                                   kind: RESOURCE_KIND_SERVICE
                                                   id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
                                                   name: "shop_api"
                                                   stack: "shop"
                                                 }
                                                 service_update_config_changed {
                                                   fields {
                                                     group: "Update config"
                                                     name: "Failure action"
                                                     kind: FIELD_CHANGE_KIND_CHANGED
                                                     previous_value: "pause"
                                                     current_value: "rollback"
                                                   }
                                                   fields {
                                                     group: "Update config"
                                                     name: "Monitor"
                                                     kind: FIELD_CHANGE_KIND_CHANGED
                                                     previous_value: "5s"
                                                     current_value: "30s"
                                                   }
                                                 })pb"}},
      {"service-labels-changed",
       Color::kBlue,
       {R"pb(
          action: ACTION_UPDATED
          resource {
            kind: RESOURCE_KIND_SERVICE
            id: "j2v8ry5xkq0zwt6mbn3hcd9fs"
            name: "shop_web"
            stack: "shop"
          }
          service_labels_changed {
            fields {
              group: "Labels"
              name: "traefik.http.routers.shop.rule"
              kind: FIELD_CHANGE_KIND_CHANGED
              previous_value: "Host(`shop.example.com`)"
              current_value: "Host(`shop.example.com`) || Host(`www.shop.example.com`)"
            }
            fields { group: "Labels" name: "team" kind: FIELD_CHANGE_KIND_ADDED current_value: "storefront" }
          })pb"}},
  };
}

}  // namespace swarmbell::cards
