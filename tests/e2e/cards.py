"""Cards as they arrive at a webhook, reduced to what tests ask of them."""
import dataclasses
import html
import re
import time

SLACK_COLORS = {"#6E7785": "black", "#22A06B": "green", "#BF8700": "yellow", "#2D7FF9": "blue", "#D92D20": "red"}
SLACK_SIGNS = {"🔲": "black", "✅": "green", "🟡": "yellow", "🔷": "blue", "🛑": "red"}
TEAMS_STYLES = {"emphasis": "black", "good": "green", "warning": "yellow", "accent": "blue", "attention": "red"}


@dataclasses.dataclass
class Card:
    platform: str
    color: str
    text: str  # everything a reader sees, in reading order, white space collapsed
    body: dict  # the JSON as posted
    arrived: float  # time.monotonic()

    def shows(self, *needles):
        """Each needle is a text, or a pair (before, after) that must stand in this order and close together."""
        return all(self._shows(needle) for needle in needles)

    def _shows(self, needle):
        if isinstance(needle, str):
            return collapse(needle) in self.text
        before, after = (re.escape(collapse(part)) for part in needle)
        return re.search(rf"(?<!\w){before}(?!\w).{{0,60}}?(?<!\w){after}(?!\w)", self.text) is not None

    def __str__(self):
        return f"{self.color:6} {self.platform:5} {self.text}"


def collapse(text):
    return re.sub(r"[\s\u00a0\u2060\u200b]+", " ", text.replace("\u2060", "").replace("\u200b", "")).strip()


def texts(value):
    """The texts of a JSON card in document order."""
    if isinstance(value, dict):
        own = [value[key] for key in ("title", "text", "value") if isinstance(value.get(key), str)]
        return own + [text for key, child in value.items() if not isinstance(child, str) for text in texts(child)]
    if isinstance(value, list):
        return [text for child in value for text in texts(child)]
    return []


def parse(body, arrived=None):
    """A Slack or Teams post as a Card."""
    arrived = time.monotonic() if arrived is None else arrived
    if "blocks" in body and not body["attachments"]:  # a sentence alone: its sign tells the colour
        seen = collapse(html.unescape(" ".join(texts(body["blocks"]))))
        return Card("slack", SLACK_SIGNS.get(seen[:1], "none"), seen, body, arrived)
    attachment = body["attachments"][0]
    if "color" in attachment:
        seen = collapse(html.unescape(" ".join(texts(body["blocks"]) + texts(attachment))))
        return Card("slack", SLACK_COLORS.get(attachment["color"], attachment["color"]), seen, body, arrived)
    content = attachment["content"]
    styles = [item["style"] for item in content["body"] if item.get("type") == "Container" and "style" in item]
    seen = collapse(re.sub(r"\\([\\`*_{}\[\]()#+\-.!|<>~])", r"\1", " ".join(texts(content))))
    seen = re.sub(r"(?<=\S)/ (?=\S)", "/", seen)  # a long image is in pieces
    color = TEAMS_STYLES.get(styles[0], styles[0]) if styles else "none"
    return Card("teams", color, seen, body, arrived)
