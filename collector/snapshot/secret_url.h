#pragma once

#include <string_view>

#include "collector/snapshot/text_scan.h"

namespace swarmbell {

// Each takes one pass over the text and appends what it finds.

// `amqp://user:secret@host`, also with a raw `/` or quote in the secret; `https://secret@host`.
void FindUrlCredentials(std::string_view text, TextSpans& found);

// `user:secret@tcp(host:3306)/base`, `user:secret@registry.example/image`, `admin:S3cret@host`; not
// `image:tag@sha256:…` and not `mailto:somebody@example.com`.
void FindBareCredentials(std::string_view text, TextSpans& found);

// `https://hooks.slack.com/services/secret`: whoever knows the path may post there.
void FindWebhooks(std::string_view text, TextSpans& found);

}  // namespace swarmbell
