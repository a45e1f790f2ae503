#include "notifier/cards/sample_texts.h"

namespace swarmbell::cards {

std::vector<SampleText> HealthSamples() {
  return {
      {"task-crash-loop", Color::kRed, {R"pb(
                                          action: ACTION_UPDATED
                                          resource {
                                            kind: RESOURCE_KIND_SERVICE
                                            id: "n7y3bx0qzk5vwt9mrc2hjd6ge"
                                            name: "shop_worker"
                                            stack: "shop"
                                          }
                                          service_crash_loop {
                                            failures: 7
                                            start_time { seconds: 1795351200 }
                                            last_time { seconds: 1795351440 }
                                            nodes: "worker-01"
                                            nodes: "worker-02"
                                            last_task {
                                              id: "z5t8w1m4kq7x"
                                              name: "shop_worker.1"
                                              node_hostname: "worker-02"
                                              state: TASK_STATE_FAILED
                                              error: "task: non-zero exit (1)"
                                              exit_code: 1
                                              image: "registry.example.com/shop/worker:2.5.0"
                                            }
                                          })pb"}},
      {"crash-loop-over", Color::kGreen, {R"pb(
                                            action: ACTION_UPDATED
                                            resource {
                                              kind: RESOURCE_KIND_SERVICE
                                              id: "n7y3bx0qzk5vwt9mrc2hjd6ge"
                                              name: "shop_worker"
                                              stack: "shop"
                                            }
                                            service_crash_loop_over {
                                              failures: 14
                                              start_time { seconds: 1795350600 }
                                              last_time { seconds: 1795351325 }
                                            })pb"}},
      {"task-rejected", Color::kRed, {R"pb(
                                        action: ACTION_UPDATED
                                        resource {
                                          kind: RESOURCE_KIND_TASK
                                          id: "v2c6ny9xt4rk8wq1zm5hb0jds"
                                          name: "shop_api.2"
                                          stack: "shop"
                                        }
                                        task_failed {
                                          previous_state: TASK_STATE_PREPARING
                                          current_state: TASK_STATE_REJECTED
                                          task {
                                            id: "v2c6ny9xt4rk8wq1zm5hb0jds"
                                            name: "shop_api.2"
                                            service_id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
                                            service_name: "shop_api"
                                            node_hostname: "worker-02"
                                            state: TASK_STATE_REJECTED
                                            error: "No such image: registry.example.com/shop/api:2.5.1"
                                            image: "registry.example.com/shop/api:2.5.1"
                                          }
                                        })pb"}},
      {"task-unschedulable",
       Color::kRed,
       {R"pb(
          action: ACTION_UPDATED
          resource {
            kind: RESOURCE_KIND_SERVICE
            id: "g1w5kz8qxv3tbn6rmy0hcd4sj"
            name: "shop_search"
            stack: "shop"
          }
          task_unschedulable {
            tasks: 2
            task {
              id: "b9x3tq6wk1zm"
              name: "shop_search.1"
              service_name: "shop_search"
              state: TASK_STATE_PENDING
              error: "no suitable node (scheduling constraints not satisfied on 3 nodes; insufficient resources on 2 nodes)"
              image: "registry.example.com/shop/search:1.3.0"
            }
          })pb"}},
      {"service-degraded", Color::kRed, {R"pb(
                                           action: ACTION_UPDATED
                                           resource {
                                             kind: RESOURCE_KIND_SERVICE
                                             id: "j2v8ry5xkq0zwt6mbn3hcd9fs"
                                             name: "shop_web"
                                             stack: "shop"
                                           }
                                           service_degraded {
                                             wanted_tasks: 5
                                             running_tasks: 2
                                             start_time { seconds: 1795351385 }
                                             failed_task {
                                               id: "h4z8k2w6q0tx"
                                               name: "shop_web.4"
                                               node_hostname: "worker-03"
                                               state: TASK_STATE_FAILED
                                               error: "task: non-zero exit (139)"
                                               exit_code: 139
                                             }
                                           })pb"}},
      {"service-recovered", Color::kGreen, {R"pb(
                                              action: ACTION_UPDATED
                                              resource {
                                                kind: RESOURCE_KIND_SERVICE
                                                id: "j2v8ry5xkq0zwt6mbn3hcd9fs"
                                                name: "shop_web"
                                                stack: "shop"
                                              }
                                              service_recovered {
                                                wanted_tasks: 5
                                                start_time { seconds: 1795351180 }
                                              })pb"}},
      {"container-restarting", Color::kRed, {R"pb(
                                               action: ACTION_UPDATED
                                               resource {
                                                 kind: RESOURCE_KIND_CONTAINER
                                                 id: "4f1d0c9b8a7e6d5c4b3a29180f7e6d5c"
                                                 name: "redis-cache"
                                               }
                                               container_restarting {
                                                 container {
                                                   image: "redis:7.4"
                                                   node_hostname: "manager-01"
                                                   status: "Restarting (1) 3 seconds ago"
                                                 }
                                                 previous_state: "running"
                                                 exit_code: 1
                                               })pb"}},
      {"container-gave-up", Color::kRed, {R"pb(
                                            action: ACTION_UPDATED
                                            resource {
                                              kind: RESOURCE_KIND_CONTAINER
                                              id: "7c2e9a4b1d8f4e6a9b3c5d7e1f2a4b6c"
                                              name: "nightly-import"
                                            }
                                            container_gave_up {
                                              container {
                                                image: "registry.example.com/ops/import:3.1"
                                                node_hostname: "manager-01"
                                                status: "Exited (3) 1 second ago"
                                              }
                                              previous_state: "restarting"
                                              current_state: "exited"
                                              exit_code: 3
                                              start_time { seconds: 1795351433 }
                                            })pb"}},
      {"container-dead", Color::kRed, {R"pb(
                                         action: ACTION_UPDATED
                                         resource {
                                           kind: RESOURCE_KIND_CONTAINER
                                           id: "9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b"
                                           name: "legacy-cron"
                                         }
                                         container_dead {
                                           container {
                                             image: "registry.example.com/ops/cron:1.2"
                                             node_hostname: "manager-01"
                                             status: "Dead"
                                           }
                                           previous_state: "exited"
                                           current_state: "dead"
                                         })pb"}},
      {"container-recovered",
       Color::kGreen,
       {R"pb(
          action: ACTION_UPDATED
          resource {
            kind: RESOURCE_KIND_CONTAINER
            id: "4f1d0c9b8a7e6d5c4b3a29180f7e6d5c"
            name: "redis-cache"
          }
          container_recovered {
            container { image: "redis:7.4" node_hostname: "manager-01" status: "Up About a minute" }
            previous_state: "restarting"
            current_state: "running"
            start_time { seconds: 1795351145 }
          })pb"}},
      {"collector-stale",
       Color::kRed,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_COLLECTOR id: "manager-01" name: "manager-01" }
          collector_stale {
            endpoints: "/services"
            endpoints: "/nodes"
            endpoints: "/tasks"
            error: "GET /services answered 500: The swarm does not have a leader. It's possible that too few managers are online."
            last_read_time { seconds: 1795351390 }
          })pb"}},
      {"collector-recovered",
       Color::kGreen,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_COLLECTOR id: "manager-01" name: "manager-01" }
          collector_recovered { last_read_time { seconds: 1795351260 } })pb"}},
      {"feed-gap",
       Color::kRed,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_FEED id: "collector:50051" name: "collector:50051" }
          feed_gap { reason: "The collector was restarted and keeps its log in memory." })pb"}},
      {"feed-disconnected",
       Color::kRed,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_FEED id: "collector:50051" name: "collector:50051" }
          feed_disconnected {
            connected_before: true
            error: "failed to connect to all addresses; last error: UNKNOWN: ipv4:10.0.4.1:50051: Connection refused"
            start_time { seconds: 1795351385 }
          })pb"}},
      {"feed-connected",
       Color::kGreen,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_FEED id: "collector:50051" name: "collector:50051" }
          feed_connected {
            connected_before: true
            start_time { seconds: 1795351250 }
          })pb"}},
      {"unknown-change", Color::kBlue, {R"pb(
                                          action: ACTION_UPDATED
                                          resource {
                                            kind: RESOURCE_KIND_SERVICE
                                            id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
                                            name: "shop_api"
                                            stack: "shop"
                                          })pb"}},
  };
}

}  // namespace swarmbell::cards
