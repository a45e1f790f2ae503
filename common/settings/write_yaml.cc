#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/settings/yaml_node.h"

namespace swarmbell {
namespace {

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// True if every YAML reader reads the unquoted text as itself.
bool IsPlain(std::string_view text) {
  if (text.empty() || text == "null" || text == "Null" || text == "NULL") return false;
  if (!IsAlphanumeric(text.front()) && text.front() != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool last = i + 1 == text.size();
    if (c == ':' && (last || text[i + 1] == ' ')) return false;
    if (c == ' ' && last) return false;
    if (!IsAlphanumeric(c) && std::string_view("/_-.:+@ ").find(c) == std::string_view::npos) return false;
  }
  return true;
}

std::string DoubleQuoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      absl::StrAppendFormat(&quoted, "\\x%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

void Write(const YamlNode& node, int indent, std::string& out);

// Writes the value after `key:` or `-`; ends the line.
void WriteValue(const YamlNode& node, int indent, bool in_list, std::string& out) {
  if (node.IsNull()) {
    out += " null\n";
  } else if (node.IsScalar()) {
    absl::StrAppend(&out, " ", YamlScalar(node.scalar), "\n");
  } else if (node.items.empty() && node.entries.empty()) {
    out += node.IsList() ? " []\n" : " {}\n";
  } else if (in_list) {
    std::string block;
    Write(node, indent + 2, block);
    absl::StrAppend(&out, " ", block.substr(static_cast<std::size_t>(indent) + 2));
  } else {
    out += "\n";
    Write(node, indent + 2, out);
  }
}

void Write(const YamlNode& node, int indent, std::string& out) {
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  for (const YamlNode& item : node.items) {
    absl::StrAppend(&out, margin, "-");
    WriteValue(item, indent, true, out);
  }
  for (const auto& [key, value] : node.entries) {
    absl::StrAppend(&out, margin, YamlScalar(key), ":");
    WriteValue(value, indent, false, out);
  }
}

}  // namespace

std::string YamlScalar(std::string_view text) {
  return IsPlain(text) ? std::string(text) : DoubleQuoted(text);
}

std::string WriteYaml(const YamlNode& node, int indent) {
  std::string out;
  const bool block = !node.items.empty() || !node.entries.empty();
  if (block) {
    Write(node, indent, out);
    return out;
  }
  WriteValue(node, indent, false, out);
  return std::string(static_cast<std::size_t>(indent), ' ') + out.substr(1);
}

}  // namespace swarmbell
