#include "notifier/cards/sample_texts.h"

namespace swarmbell::cards {

std::vector<SampleText> UpdateSamples() {
  return {
      {"update-started", Color::kYellow, {R"pb(
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
                                              start_time { seconds: 1795351444 }
                                              wanted_tasks: 3
                                              fields {
                                                group: "Image"
                                                kind: FIELD_CHANGE_KIND_CHANGED
                                                previous_value: "registry.example.com/shop/api:2.4.1"
                                                current_value: "registry.example.com/shop/api:2.5.0"
                                              }
                                            })pb"}},
      {"update-completed", Color::kGreen, {R"pb(
                                             action: ACTION_UPDATED
                                             resource {
                                               kind: RESOURCE_KIND_SERVICE
                                               id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
                                               name: "shop_api"
                                               stack: "shop"
                                             }
                                             service_update_state_changed {
                                               previous_state: UPDATE_STATE_UPDATING
                                               current_state: UPDATE_STATE_COMPLETED
                                               message: "update completed"
                                               start_time { seconds: 1795351403 }
                                               complete_time { seconds: 1795351445 }
                                               updated_tasks: 3
                                               wanted_tasks: 3
                                               fields {
                                                 group: "Image"
                                                 kind: FIELD_CHANGE_KIND_CHANGED
                                                 previous_value: "registry.example.com/shop/api:2.4.1"
                                                 current_value: "registry.example.com/shop/api:2.5.0"
                                               }
                                             })pb"}},
      {"update-incomplete", Color::kYellow, {R"pb(
                                               action: ACTION_UPDATED
                                               resource {
                                                 kind: RESOURCE_KIND_SERVICE
                                                 id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
                                                 name: "shop_api"
                                                 stack: "shop"
                                               }
                                               service_update_state_changed {
                                                 previous_state: UPDATE_STATE_UPDATING
                                                 current_state: UPDATE_STATE_COMPLETED
                                                 message: "update completed"
                                                 start_time { seconds: 1795351403 }
                                                 complete_time { seconds: 1795351445 }
                                                 updated_tasks: 1
                                                 wanted_tasks: 3
                                                 fields {
                                                   group: "Image"
                                                   kind: FIELD_CHANGE_KIND_CHANGED
                                                   previous_value: "registry.example.com/shop/api:2.4.1"
                                                   current_value: "registry.example.com/shop/api:2.5.0"
                                                 }
                                                 failed_task {
                                                   id: "8qk3v1x2m7dz"
                                                   name: "shop_api.2"
                                                   node_hostname: "worker-02"
                                                   state: TASK_STATE_FAILED
                                                   error: "task: non-zero exit (1)"
                                                   exit_code: 1
                                                 }
                                               })pb"}},
      {"update-paused",
       Color::kRed,
       {R"pb(
          action: ACTION_UPDATED
          resource {
            kind: RESOURCE_KIND_SERVICE
            id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
            name: "shop_api"
            stack: "shop"
          }
          service_update_state_changed {
            previous_state: UPDATE_STATE_UPDATING
            current_state: UPDATE_STATE_PAUSED
            message: "update paused due to failure or early termination of task 8qk3v1x2m7dz"
            start_time { seconds: 1795351403 }
            updated_tasks: 1
            wanted_tasks: 3
            fields {
              group: "Image"
              kind: FIELD_CHANGE_KIND_CHANGED
              previous_value: "registry.example.com/shop/api:2.4.1"
              current_value: "registry.example.com/shop/api:2.5.0"
            }
            failed_task {
              id: "8qk3v1x2m7dz"
              name: "shop_api.2"
              node_hostname: "worker-02"
              state: TASK_STATE_FAILED
              error: "task: non-zero exit (137): dockerexec: unhealthy container"
              exit_code: 137
            }
          })pb"}},
      {"update-stalled", Color::kRed, {R"pb(
                                         action: ACTION_UPDATED
                                         resource {
                                           kind: RESOURCE_KIND_SERVICE
                                           id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
                                           name: "shop_api"
                                           stack: "shop"
                                         }
                                         service_update_stalled {
                                           state: UPDATE_STATE_UPDATING
                                           start_time { seconds: 1795351103 }
                                           last_progress_time { seconds: 1795351145 }
                                           updated_tasks: 1
                                           wanted_tasks: 3
                                           running_tasks: 2
                                           waiting { state: TASK_STATE_PENDING tasks: 1 }
                                           waiting_task {
                                             id: "6tz0p4s8v2xb"
                                             name: "shop_api.2"
                                             state: TASK_STATE_PENDING
                                             error: "no suitable node (insufficient resources on 4 nodes)"
                                           }
                                           fields {
                                             group: "Image"
                                             kind: FIELD_CHANGE_KIND_CHANGED
                                             previous_value: "registry.example.com/shop/api:2.4.1"
                                             current_value: "registry.example.com/shop/api:2.5.0"
                                           }
                                         })pb"}},
      {"update-resumed", Color::kGreen, {R"pb(
                                           action: ACTION_UPDATED
                                           resource {
                                             kind: RESOURCE_KIND_SERVICE
                                             id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
                                             name: "shop_api"
                                             stack: "shop"
                                           }
                                           service_update_resumed {
                                             state: UPDATE_STATE_UPDATING
                                             start_time { seconds: 1795350680 }
                                             stall_time { seconds: 1795350725 }
                                             updated_tasks: 2
                                             wanted_tasks: 3
                                           })pb"}},
      {"update-rolled-back",
       Color::kRed,
       {R"pb(
          action: ACTION_UPDATED
          resource {
            kind: RESOURCE_KIND_SERVICE
            id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
            name: "shop_api"
            stack: "shop"
          }
          service_update_state_changed {
            previous_state: UPDATE_STATE_UPDATING
            current_state: UPDATE_STATE_ROLLBACK_STARTED
            message: "update rolled back due to failure or early termination of task 8qk3v1x2m7dz"
            start_time { seconds: 1795351403 }
            wanted_tasks: 3
            automatic: true
            fields {
              group: "Image"
              kind: FIELD_CHANGE_KIND_CHANGED
              previous_value: "registry.example.com/shop/api:2.5.0"
              current_value: "registry.example.com/shop/api:2.4.1"
            }
            failed_task {
              id: "8qk3v1x2m7dz"
              name: "shop_api.2"
              node_hostname: "worker-02"
              state: TASK_STATE_FAILED
              error: "task: non-zero exit (1)"
              exit_code: 1
            }
          })pb"}},
      {"rollback-started", Color::kYellow, {R"pb(
                                              action: ACTION_UPDATED
                                              resource {
                                                kind: RESOURCE_KIND_SERVICE
                                                id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
                                                name: "shop_api"
                                                stack: "shop"
                                              }
                                              service_update_state_changed {
                                                current_state: UPDATE_STATE_ROLLBACK_STARTED
                                                message: "manually requested rollback"
                                                start_time { seconds: 1795351444 }
                                                wanted_tasks: 3
                                                fields {
                                                  group: "Image"
                                                  kind: FIELD_CHANGE_KIND_CHANGED
                                                  previous_value: "registry.example.com/shop/api:2.5.0"
                                                  current_value: "registry.example.com/shop/api:2.4.1"
                                                }
                                              })pb"}},
      {"rollback-completed", Color::kGreen, {R"pb(
                                               action: ACTION_UPDATED
                                               resource {
                                                 kind: RESOURCE_KIND_SERVICE
                                                 id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
                                                 name: "shop_api"
                                                 stack: "shop"
                                               }
                                               service_update_state_changed {
                                                 previous_state: UPDATE_STATE_ROLLBACK_STARTED
                                                 current_state: UPDATE_STATE_ROLLBACK_COMPLETED
                                                 message: "rollback completed"
                                                 start_time { seconds: 1795351364 }
                                                 complete_time { seconds: 1795351445 }
                                                 updated_tasks: 3
                                                 wanted_tasks: 3
                                                 fields {
                                                   group: "Image"
                                                   kind: FIELD_CHANGE_KIND_CHANGED
                                                   previous_value: "registry.example.com/shop/api:2.5.0"
                                                   current_value: "registry.example.com/shop/api:2.4.1"
                                                 }
                                               })pb"}},
      {"rollback-incomplete", Color::kYellow, {R"pb(
                                                 action: ACTION_UPDATED
                                                 resource {
                                                   kind: RESOURCE_KIND_SERVICE
                                                   id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
                                                   name: "shop_api"
                                                   stack: "shop"
                                                 }
                                                 service_update_state_changed {
                                                   previous_state: UPDATE_STATE_ROLLBACK_STARTED
                                                   current_state: UPDATE_STATE_ROLLBACK_COMPLETED
                                                   message: "rollback completed"
                                                   start_time { seconds: 1795351364 }
                                                   complete_time { seconds: 1795351445 }
                                                   automatic: true
                                                   updated_tasks: 2
                                                   wanted_tasks: 3
                                                   fields {
                                                     group: "Image"
                                                     kind: FIELD_CHANGE_KIND_CHANGED
                                                     previous_value: "registry.example.com/shop/api:2.5.0"
                                                     current_value: "registry.example.com/shop/api:2.4.1"
                                                   }
                                                   failed_task {
                                                     id: "2hx7c9v4k1qp"
                                                     name: "shop_api.1"
                                                     node_hostname: "worker-01"
                                                     state: TASK_STATE_FAILED
                                                     error: "task: non-zero exit (1)"
                                                     exit_code: 1
                                                   }
                                                 })pb"}},
      {"rollback-paused",
       Color::kRed,
       {R"pb(
          action: ACTION_UPDATED
          resource {
            kind: RESOURCE_KIND_SERVICE
            id: "x4k9wq2mzt7vbn1hcd8rsy3fe"
            name: "shop_api"
            stack: "shop"
          }
          service_update_state_changed {
            previous_state: UPDATE_STATE_ROLLBACK_STARTED
            current_state: UPDATE_STATE_ROLLBACK_PAUSED
            message: "rollback paused due to failure or early termination of task 2hx7c9v4k1qp"
            start_time { seconds: 1795351325 }
            updated_tasks: 2
            wanted_tasks: 3
            fields {
              group: "Image"
              kind: FIELD_CHANGE_KIND_CHANGED
              previous_value: "registry.example.com/shop/api:2.5.0"
              current_value: "registry.example.com/shop/api:2.4.1"
            }
            failed_task {
              id: "2hx7c9v4k1qp"
              name: "shop_api.1"
              node_hostname: "worker-01"
              state: TASK_STATE_REJECTED
              error: "No such image: registry.example.com/shop/api:2.4.1"
            }
          })pb"}},
  };
}

}  // namespace swarmbell::cards
