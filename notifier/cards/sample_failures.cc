#include "notifier/cards/sample_texts.h"

namespace swarmbell::cards {

std::vector<SampleText> FailureSamples() {
  return {
      {"job-failed", Color::kRed, {R"pb(
                                     action: ACTION_UPDATED
                                     resource {
                                       kind: RESOURCE_KIND_SERVICE
                                       id: "c5j1mz8wq4xk0tv7bny2hrd6p"
                                       name: "shop_nightly-report"
                                       stack: "shop"
                                     }
                                     service_job_failed {
                                       failures: 3
                                       completed_tasks: 4
                                       wanted_tasks: 5
                                       task {
                                         id: "r2w7k5x9q0tm"
                                         name: "shop_nightly-report.2"
                                         node_hostname: "worker-03"
                                         state: TASK_STATE_FAILED
                                         error: "task: non-zero exit (2)"
                                         exit_code: 2
                                         image: "registry.example.com/shop/report:1.8.0"
                                       }
                                     })pb"}},
      {"job-succeeded", Color::kGreen, {R"pb(
                                          action: ACTION_UPDATED
                                          resource {
                                            kind: RESOURCE_KIND_SERVICE
                                            id: "c5j1mz8wq4xk0tv7bny2hrd6p"
                                            name: "shop_nightly-report"
                                            stack: "shop"
                                          }
                                          service_job_succeeded {
                                            failure_time { seconds: 1795265045 }
                                            completed_tasks: 5
                                          })pb"}},
      {"tasks-failed", Color::kYellow, {R"pb(
                                          action: ACTION_UPDATED
                                          resource {
                                            kind: RESOURCE_KIND_SERVICE
                                            id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
                                            name: "shop_api"
                                            stack: "shop"
                                          }
                                          service_tasks_failed {
                                            failures: 4
                                            start_time { seconds: 1795351442 }
                                            last_time { seconds: 1795351444 }
                                            nodes: "worker-01"
                                            last_task {
                                              id: "k8v2x5m9q1tz"
                                              name: "shop_api.3"
                                              node_hostname: "worker-01"
                                              state: TASK_STATE_FAILED
                                              error: "task: non-zero exit (255)"
                                              exit_code: 255
                                              image: "registry.example.com/shop/api:2.5.0"
                                            }
                                          })pb"}},
      {"tasks-evicted",
       Color::kBlue,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_TASK id: "m3q7t1z5k9wx" name: "shop_search.1" stack: "shop" }
          task_evicted {
            reason: EVICTION_REASON_CONSTRAINTS
            task {
              id: "m3q7t1z5k9wx"
              name: "shop_search.1"
              service_id: "g1w5kz8qxv3tbn6rmy0hcd4sj"
              service_name: "shop_search"
              node_hostname: "worker-02"
              state: TASK_STATE_REJECTED
              error: "assigned node no longer meets constraints"
              image: "registry.example.com/shop/search:1.3.0"
            }
          })pb",
        R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_TASK id: "n4r8v2y6l0zb" name: "shop_search.2" stack: "shop" }
          task_evicted {
            reason: EVICTION_REASON_CONSTRAINTS
            task {
              id: "n4r8v2y6l0zb"
              name: "shop_search.2"
              service_id: "g1w5kz8qxv3tbn6rmy0hcd4sj"
              service_name: "shop_search"
              node_hostname: "worker-02"
              state: TASK_STATE_REJECTED
              error: "assigned node no longer meets constraints"
              image: "registry.example.com/shop/search:1.3.0"
            }
          })pb"}},
      {"services-failing",
       Color::kRed,
       {R"pb(
          action: ACTION_UPDATED
          resource {
            kind: RESOURCE_KIND_SERVICE
            id: "e6p2nz9wq5xk1tv8bmy3hsd7r"
            name: "metrics_grafana"
            stack: "metrics"
          }
          services_failing {
            error: "failed to allocate network metrics_default: Pool overlaps with other one on this address space"
            start_time { seconds: 1795351430 }
            last_time { seconds: 1795351444 }
            services { service_id: "s0a" service_name: "metrics_agent" failures: 3 }
            services { service_id: "s0b" service_name: "metrics_grafana" failures: 4 }
            services { service_id: "s0c" service_name: "metrics_prometheus" failures: 4 }
            last_task {
              id: "d7f1h5k9m3qt"
              name: "metrics_prometheus.1"
              node_hostname: "manager-02"
              state: TASK_STATE_REJECTED
            }
            nodes: "manager-01"
            nodes: "manager-02"
            nodes: "worker-01"
          })pb"}},
      {"services-failing-over",
       Color::kGreen,
       {R"pb(
          action: ACTION_UPDATED
          resource {
            kind: RESOURCE_KIND_SERVICE
            id: "e6p2nz9wq5xk1tv8bmy3hsd7r"
            name: "metrics_grafana"
            stack: "metrics"
          }
          services_failing_over {
            error: "failed to allocate network metrics_default: Pool overlaps with other one on this address space"
            start_time { seconds: 1795350845 }
            last_time { seconds: 1795351325 }
            services { service_id: "s0a" service_name: "metrics_agent" failures: 21 }
            services { service_id: "s0b" service_name: "metrics_grafana" failures: 26 }
            services { service_id: "s0c" service_name: "metrics_prometheus" failures: 25 }
          })pb"}},
      {"receiver-failing",
       Color::kRed,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_RECEIVER id: "team-a" name: "team-a" }
          receiver_failing {
            receiver: "team-a"
            error: "answered 404: no_service"
            advice: "The webhook was removed: make a new one in Slack, and set its URL"
            start_time { seconds: 1795351385 }
            waiting_alerts: 3
            lost_alerts: 1
          })pb"}},
      {"receiver-recovered",
       Color::kGreen,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_RECEIVER id: "team-a" name: "team-a" }
          receiver_recovered {
            receiver: "team-a"
            start_time { seconds: 1795350725 }
          })pb"}},
  };
}

// Other sides of a rule that has a sample already.
std::vector<SampleText> StorySamples() {
  return {
      {"service-not-started", Color::kRed, {R"pb(
                                              action: ACTION_UPDATED
                                              resource {
                                                kind: RESOURCE_KIND_SERVICE
                                                id: "y0b6sz3wq9xk5tv2bmn7hcd1f"
                                                name: "git_gitlab"
                                                stack: "git"
                                              }
                                              service_degraded {
                                                first_start: true
                                                wanted_tasks: 1
                                                start_time { seconds: 1795351145 }
                                                waiting { state: TASK_STATE_STARTING tasks: 1 }
                                                failed_task {
                                                  id: "a9c3e7g1i5kt"
                                                  name: "git_gitlab.1"
                                                  node_hostname: "worker-01"
                                                  state: TASK_STATE_STARTING
                                                }
                                              })pb"}},
      {"manager-locked",
       Color::kRed,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_COLLECTOR id: "manager-01" name: "manager-01" }
          collector_stale {
            endpoints: "/services"
            endpoints: "/nodes"
            endpoints: "/tasks"
            error: "GET /services answered 503: Swarm is encrypted and needs to be unlocked before it can be used. Please use \"docker swarm unlock\" to unlock it."
            last_read_time { seconds: 1795351390 }
          })pb"}},
  };
}

}  // namespace swarmbell::cards
