#include "notifier/cards/sample_texts.h"

namespace swarmbell::cards {

std::vector<SampleText> NodeSamples() {
  return {
      {"node-appeared",
       Color::kBlack,
       {R"pb(
          action: ACTION_CREATED
          resource { kind: RESOURCE_KIND_NODE id: "r7m2xk9dq4wvt1bzn8cya5uef" name: "worker-04" }
          node_appeared {
            node {
              hostname: "worker-04"
              role: NODE_ROLE_WORKER
              availability: NODE_AVAILABILITY_ACTIVE
              state: NODE_STATE_READY
              address: "10.0.4.14"
              engine_version: "27.3.1"
            }
          })pb"}},
      {"node-disappeared",
       Color::kRed,
       {R"pb(
          action: ACTION_REMOVED
          resource { kind: RESOURCE_KIND_NODE id: "u3f8zq1nwe6ykc0h7pdxo2lsj" name: "worker-02" }
          node_disappeared {
            node {
              hostname: "worker-02"
              role: NODE_ROLE_WORKER
              availability: NODE_AVAILABILITY_ACTIVE
              state: NODE_STATE_DOWN
              address: "10.0.4.12"
              engine_version: "27.3.1"
              running_tasks: 4
              services: "metrics_agent"
              services: "shop_api"
              services: "shop_web"
            }
          })pb"}},
      {"node-drained",
       Color::kBlack,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_NODE id: "w9c4tb6ys2mhq8rjx1dvk7nap" name: "worker-03" }
          node_availability_changed {
            previous_availability: NODE_AVAILABILITY_ACTIVE
            current_availability: NODE_AVAILABILITY_DRAIN
            node {
              hostname: "worker-03"
              role: NODE_ROLE_WORKER
              availability: NODE_AVAILABILITY_DRAIN
              state: NODE_STATE_READY
              address: "10.0.4.13"
              engine_version: "27.3.1"
              running_tasks: 6
              global_tasks: 1
              services: "metrics_agent"
              services: "shop_api"
              services: "shop_web"
            }
          })pb"}},
      {"node-paused",
       Color::kRed,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_NODE id: "w9c4tb6ys2mhq8rjx1dvk7nap" name: "worker-03" }
          node_availability_changed {
            previous_availability: NODE_AVAILABILITY_ACTIVE
            current_availability: NODE_AVAILABILITY_PAUSE
            node {
              hostname: "worker-03"
              role: NODE_ROLE_WORKER
              availability: NODE_AVAILABILITY_PAUSE
              state: NODE_STATE_READY
              address: "10.0.4.13"
              engine_version: "27.3.1"
              running_tasks: 6
              services: "metrics_agent"
              services: "shop_api"
              services: "shop_web"
            }
          })pb"}},
      {"node-activated",
       Color::kGreen,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_NODE id: "w9c4tb6ys2mhq8rjx1dvk7nap" name: "worker-03" }
          node_availability_changed {
            previous_availability: NODE_AVAILABILITY_DRAIN
            current_availability: NODE_AVAILABILITY_ACTIVE
            node {
              hostname: "worker-03"
              role: NODE_ROLE_WORKER
              availability: NODE_AVAILABILITY_ACTIVE
              state: NODE_STATE_READY
              address: "10.0.4.13"
              engine_version: "27.3.1"
            }
          })pb"}},
      {"node-role-changed",
       Color::kBlack,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_NODE id: "a5n0gk3vqx8rwz7mfc1tjb4eh" name: "worker-01" }
          node_role_changed {
            previous_role: NODE_ROLE_WORKER
            current_role: NODE_ROLE_MANAGER
            node {
              hostname: "worker-01"
              role: NODE_ROLE_MANAGER
              availability: NODE_AVAILABILITY_ACTIVE
              state: NODE_STATE_READY
              address: "10.0.4.11"
              engine_version: "27.3.1"
              running_tasks: 5
              services: "metrics_agent"
              services: "shop_web"
            }
          })pb"}},
      {"node-down",
       Color::kRed,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_NODE id: "u3f8zq1nwe6ykc0h7pdxo2lsj" name: "worker-02" }
          node_state_changed {
            previous_state: NODE_STATE_READY
            current_state: NODE_STATE_DOWN
            message: "heartbeat failure"
            node {
              hostname: "worker-02"
              role: NODE_ROLE_WORKER
              availability: NODE_AVAILABILITY_ACTIVE
              state: NODE_STATE_DOWN
              address: "10.0.4.12"
              engine_version: "27.3.1"
              running_tasks: 4
              services: "metrics_agent"
              services: "shop_api"
              services: "shop_web"
            }
          })pb"}},
      {"node-ready",
       Color::kGreen,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_NODE id: "u3f8zq1nwe6ykc0h7pdxo2lsj" name: "worker-02" }
          node_state_changed {
            start_time { seconds: 1795351260 }
            previous_state: NODE_STATE_DOWN
            current_state: NODE_STATE_READY
            carried_services: "metrics_agent"
            carried_services: "shop_api"
            carried_services: "shop_web"
            node {
              hostname: "worker-02"
              role: NODE_ROLE_WORKER
              availability: NODE_AVAILABILITY_ACTIVE
              state: NODE_STATE_READY
              address: "10.0.4.12"
              engine_version: "27.3.1"
            }
          })pb"}},
      {"manager-unreachable",
       Color::kRed,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_NODE id: "m2q7ye5zt9vkx4hcs0bwd8rju" name: "manager-02" }
          node_reachability_changed {
            previous_reachability: NODE_REACHABILITY_REACHABLE
            current_reachability: NODE_REACHABILITY_UNREACHABLE
            node {
              hostname: "manager-02"
              role: NODE_ROLE_MANAGER
              availability: NODE_AVAILABILITY_DRAIN
              state: NODE_STATE_DOWN
              address: "10.0.4.2"
              engine_version: "27.3.1"
            }
          })pb"}},
      {"manager-reachable",
       Color::kGreen,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_NODE id: "m2q7ye5zt9vkx4hcs0bwd8rju" name: "manager-02" }
          node_reachability_changed {
            previous_reachability: NODE_REACHABILITY_UNREACHABLE
            current_reachability: NODE_REACHABILITY_REACHABLE
            node {
              hostname: "manager-02"
              role: NODE_ROLE_MANAGER
              availability: NODE_AVAILABILITY_DRAIN
              state: NODE_STATE_READY
              address: "10.0.4.2"
              engine_version: "27.3.1"
            }
          })pb"}},
      {"leader-changed",
       Color::kBlue,
       {R"pb(
          action: ACTION_UPDATED
          resource { kind: RESOURCE_KIND_NODE id: "k8d1rx6nfw3qzb5ytv0mjc9gp" name: "manager-03" }
          leader_changed {
            previous_leader { hostname: "manager-02" role: NODE_ROLE_MANAGER }
            current_leader {
              hostname: "manager-03"
              role: NODE_ROLE_MANAGER
              state: NODE_STATE_READY
              address: "10.0.4.3"
              engine_version: "27.3.1"
            }
          })pb"}},
  };
}

}  // namespace swarmbell::cards
