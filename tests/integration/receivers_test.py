#!/usr/bin/python3
"""The receivers that are programs, against a real notifier: receivers_test.py NOTIFIER FEED_SERVER

The webhook's signatures are verified by the examples, the alerts by a real Alertmanager where one is installed.
"""
import base64
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import unittest

from receivers_rig import PATIENCE, Alertmanager, Changes, Endpoint, Feed, Grafana, Notifier, free_port, wait_until

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "webhook"
sys.path.insert(0, str(EXAMPLES))
import verify as python_verifier  # noqa: E402  pylint: disable=wrong-import-position

SECRET = "whsec_" + base64.b64encode(b"the first secret, 32 bytes long.").decode()
OTHER = "whsec_" + base64.b64encode(b"the other secret, 32 bytes long.").decode()


class ReceiverTest(unittest.TestCase):
    def setUp(self):
        self.feed = Feed(FEED_SERVER)
        self.addCleanup(self.feed.close)
        self.changes = Changes()

    def endpoint(self, kind=Endpoint):
        endpoint = kind()
        self.addCleanup(endpoint.close)
        return endpoint

    def notifier(self, **settings):
        notifier = Notifier(NOTIFIER, self.feed, **settings)
        self.addCleanup(notifier.close)
        return notifier

    def folder(self):
        folder = tempfile.TemporaryDirectory(prefix="swarmbell-receivers-")
        self.addCleanup(folder.cleanup)
        return pathlib.Path(folder.name)


class WebhookTest(ReceiverTest):
    def post(self, secret=SECRET, faults=()):
        """The tries of one post."""
        endpoint = self.endpoint()
        endpoint.faults = list(faults)
        self.notifier(webhook_url=endpoint.url + "/hook", webhook_secret=secret).start()
        self.feed.emit(self.changes.update("PAUSED"))
        wait_until(lambda: endpoint.posts, "the webhook was posted to")
        return endpoint.tries

    def verifiers(self):
        commands = {"python": [EXAMPLES / "verify.py"], "node": ["node", EXAMPLES / "verify.mjs"]}
        if shutil.which("go"):
            program = self.folder() / "verify"
            subprocess.run(["go", "build", "-o", program, EXAMPLES / "verify.go"], check=True,
                           env=os.environ | {"GO111MODULE": "off", "GOCACHE": str(program.parent / "cache")})
            commands["go"] = [program]
        return commands

    def test_each_example_takes_the_signature_and_no_other(self):
        (_, _, headers, body), = self.post()
        self.assertEqual(headers["content-type"], "application/cloudevents+json")
        signed = [headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature")]
        old = str(int(time.time()) - 3600)
        # Genuine, but an hour old.
        _, _, again = self.sign(SECRET, signed[0], old, body)
        for language, command in self.verifiers().items():
            def verify(*arguments, body=body, command=command):
                return subprocess.run([*command, *arguments], input=body, timeout=PATIENCE, check=False).returncode == 0
            with self.subTest(language):
                self.assertTrue(verify(SECRET, *signed))
                self.assertFalse(verify(SECRET, *signed, body=body.replace(b"open", b"oPen", 1)))
                self.assertFalse(verify(OTHER, *signed))
                self.assertFalse(verify(SECRET, signed[0], old, again))
                self.assertFalse(verify(SECRET, "msg_other", *signed[1:]))
                self.assertFalse(verify(SECRET, signed[0], "soon", signed[2]))

    @staticmethod
    def sign(secret, message_id, timestamp, body):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = python_verifier.hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, "sha256").digest()
        return message_id, timestamp, "v1," + base64.b64encode(digest).decode()

    def test_two_secrets_give_a_signature_of_each(self):
        (_, _, headers, body), = self.post(secret=f"{SECRET} {OTHER}")
        signed = [headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature")]
        self.assertEqual(len(signed[2].split(" ")), 2)
        for secret in (SECRET, OTHER):
            self.assertTrue(python_verifier.verify(secret, *signed, body))

    def test_without_a_secret_there_is_no_signature(self):
        (_, _, headers, _), = self.post(secret="")
        self.assertNotIn("webhook-signature", headers)

    def test_a_retry_has_the_same_identifier(self):
        tries = self.post(faults=[(500, {}), (429, {"Retry-After": "1"}), 2])
        self.assertEqual(len(tries), 4)
        self.assertEqual(len({headers["webhook-id"] for _, _, headers, _ in tries}), 1)
        self.assertGreater(len({headers["webhook-timestamp"] for _, _, headers, _ in tries}), 1)
        for _, _, headers, body in tries:
            self.assertTrue(python_verifier.verify(SECRET, headers["webhook-id"], headers["webhook-timestamp"],
                                                   headers["webhook-signature"], body))
            self.assertEqual(json.loads(body)["id"], headers["webhook-id"])

    def test_an_alarm_and_its_end_have_one_key_also_over_a_restart(self):
        endpoint = self.endpoint()
        notifier = self.notifier(webhook_url=endpoint.url).start()
        self.feed.emit(self.changes.update("PAUSED"))
        wait_until(lambda: endpoint.posts, "the alarm was posted")
        time.sleep(2)  # until it is acknowledged; a repeat would be allowed otherwise
        notifier.restart()
        self.feed.emit(self.changes.update("UPDATING"))
        self.feed.emit(self.changes.update("COMPLETED"))
        wait_until(lambda: len(endpoint.posts) == 3, "the end was posted")
        first, news, last = [event["data"] for event in endpoint.bodies()]
        self.assertEqual([first["status"], news["status"], last["status"]], ["open", "info", "resolved"])
        self.assertEqual(first["key"], last["key"])
        self.assertEqual((last["color"], last["object"], last["stack"], last["swarm"]), ("green", "shop_api", "shop", "prod-eu"))

    def test_the_bridge_passes_alerts_to_apprise(self):
        folder = self.folder()
        told = folder / "told"
        stand_in = folder / "apprise"
        stand_in.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}\n')
        stand_in.chmod(stat.S_IRWXU)
        port = free_port()
        bridge = subprocess.Popen([EXAMPLES / "to_apprise.py", str(port), "json://somewhere"], stderr=subprocess.DEVNULL,
                                  env=os.environ | {"WEBHOOK_SECRET": SECRET, "PATH": f"{folder}:{os.environ['PATH']}"})
        self.addCleanup(bridge.wait)
        self.addCleanup(bridge.kill)
        notifier = self.notifier(webhook_url=f"http://127.0.0.1:{port}", webhook_secret=SECRET).start()
        self.feed.emit(self.changes.update("PAUSED"))
        words = wait_until(lambda: told.exists() and told.read_text(), "apprise was called").splitlines()
        self.assertIn("shop_api", words[1])
        self.assertEqual(words[-3:], ["--notification-type", "failure", "json://somewhere"])
        notifier.environment["SWARMBELL_WEBHOOK_SECRET"] = OTHER
        code, said = notifier.run("--test-alert")
        self.assertEqual(code, 1)
        self.assertIn("its token or secret on both sides", said)


class AlertmanagerTest(ReceiverTest):
    def setUp(self):
        super().setUp()
        if not shutil.which(Alertmanager.program):
            self.skipTest(f"to have it tested with the real one: apt-get install {Alertmanager.program}")
        self.alertmanager = Alertmanager()
        self.addCleanup(self.alertmanager.close)
        self.alerts, self.told_of = self.alertmanager.alerts, self.alertmanager.told_of

    def start(self, **settings):
        return self.notifier(alertmanager_url=self.alertmanager.url, **settings).start()

    def check(self, name, opening, ending, restart):
        notifier = self.start()
        self.feed.emit(opening)
        wait_until(lambda: self.told_of(name) == ["firing"], f"{name} fires")
        alert, = self.alerts()
        self.assertEqual(alert["status"]["state"], "active")
        self.assertEqual(alert["labels"]["severity"], "critical")
        self.assertIn(alert["labels"]["object"], alert["annotations"]["summary"])
        if restart:
            time.sleep(2)  # until the alert is acknowledged
            notifier.restart()
        self.feed.emit(ending)
        wait_until(lambda: self.told_of(name) == ["firing", "resolved"], f"{name} is resolved")
        self.assertEqual(self.alerts(name), [])

    def test_a_paused_update_fires_and_is_resolved(self):
        self.check("SwarmbellUpdateStopped", self.changes.update("PAUSED"), self.changes.update("COMPLETED"), restart=False)

    def test_a_paused_update_is_resolved_over_a_restart(self):
        self.check("SwarmbellUpdateStopped", self.changes.update("PAUSED"), self.changes.update("COMPLETED"), restart=True)

    def test_a_node_that_is_down_fires_and_is_resolved(self):
        self.check("SwarmbellNodeDown", self.changes.node("DOWN"), self.changes.node("READY"), restart=False)

    def test_a_node_that_is_down_is_resolved_over_a_restart(self):
        self.check("SwarmbellNodeDown", self.changes.node("DOWN"), self.changes.node("READY"), restart=True)

    def test_an_alarm_is_repeated_while_it_lasts_also_by_the_next_notifier(self):
        notifier = self.start()
        self.feed.emit(self.changes.update("PAUSED"))
        self.feed.emit(self.changes.update("UPDATING", "shop_web"))
        wait_until(lambda: len(self.alerts()) == 2, "both are known")
        ends = {one["labels"]["alertname"]: one["endsAt"] for one in self.alerts()}
        time.sleep(2)  # until they are acknowledged
        notifier.restart()
        later = wait_until(lambda: [one for one in self.alerts("SwarmbellUpdateStopped")
                                    if one["endsAt"] > ends["SwarmbellUpdateStopped"]], "the alarm is repeated", seconds=90)
        self.assertEqual(later[0]["labels"]["object"], "shop_api")
        # News are not: they end by themselves.
        news = self.alerts("SwarmbellServiceUpdateStateChanged")
        self.assertEqual([one["endsAt"] for one in news], [ends["SwarmbellServiceUpdateStateChanged"]])
        self.assertEqual(self.told_of("SwarmbellUpdateStopped"), ["firing"])

    def test_a_test_arrives(self):
        code, said = self.notifier(alertmanager_url=self.alertmanager.url + "/").run("--test-alert")
        self.assertEqual((code, said.strip()), (0, "alertmanager: accepted"))
        wait_until(lambda: self.told_of("SwarmbellTest") == ["firing"], "the test fires")


class GrafanaTest(ReceiverTest):
    def start(self, grafana):
        return self.notifier(grafana_url=grafana.url, grafana_token=grafana.token).start()

    def test_a_rollout_is_a_region_that_is_closed_also_after_a_restart(self):
        for restart in (False, True):
            with self.subTest(restart=restart):
                grafana = self.endpoint(Grafana)
                notifier = self.start(grafana)
                name = f"shop_{restart}".lower()
                started = self.changes.update("UPDATING", name)
                self.feed.emit(started)
                wait_until(lambda grafana=grafana: grafana.annotations, "the annotation was made")
                if restart:
                    time.sleep(2)  # until it is stored
                    notifier.restart()
                self.feed.emit(self.changes.update("COMPLETED", name))
                annotation = wait_until(lambda grafana=grafana: [one for one in grafana.annotations.values()
                                                                 if one["timeEnd"] > one["time"]], "the region was closed")[0]
                self.assertEqual(len(grafana.annotations), 1)
                self.assertIn("completed", annotation["text"])
                self.assertIn(f"service:{name}", annotation["tags"])
                self.assertIn("color:green", annotation["tags"])
                notifier.close()

    def test_an_annotation_that_somebody_deleted_is_made_anew(self):
        grafana = self.endpoint(Grafana)
        self.start(grafana)
        self.feed.emit(self.changes.update("UPDATING"))
        wait_until(lambda: grafana.annotations, "the annotation was made")
        with grafana.lock:
            grafana.annotations = {2: grafana.annotations[1] | {"text": "another"}}
        self.feed.emit(self.changes.update("COMPLETED"))
        wait_until(lambda: len(grafana.annotations) == 2, "another was made")
        self.assertIn("completed", grafana.annotations[3]["text"])

    def test_an_annotation_of_another_with_the_same_identifier_is_left_alone(self):
        grafana = self.endpoint(Grafana)
        self.start(grafana)
        self.feed.emit(self.changes.update("UPDATING"))
        wait_until(lambda: grafana.annotations, "the annotation was made")
        strangers = {"time": 1, "timeEnd": 1, "tags": ["deploy"], "text": "by hand"}
        with grafana.lock:
            grafana.annotations = {1: strangers}  # as after Grafana was set up again
        self.feed.emit(self.changes.update("COMPLETED"))
        wait_until(lambda: len(grafana.annotations) == 2, "another was made")
        self.assertEqual(grafana.annotations[1], strangers)
        region = grafana.annotations[2]
        self.assertGreaterEqual(region["timeEnd"], region["time"])
        self.assertIn("completed", region["text"])

    def test_a_wrong_token_is_explained_and_never_shown(self):
        grafana = self.endpoint(Grafana)
        code, said = self.notifier(grafana_url=grafana.url, grafana_token="glsa_wrongwrong").run("--test-alert")
        self.assertEqual(code, 1)
        self.assertIn("answered 401", said)
        self.assertIn("check the receiver's URL, and its token", said)
        self.assertNotIn("wrongwrong", said)
        code, said = self.notifier(grafana_url=grafana.url, grafana_token=grafana.token).run("--test-alert")
        self.assertEqual((code, said.strip()), (0, "grafana: accepted"))


class PreviewTest(ReceiverTest):
    def test_each_form_can_be_seen_without_a_receiver(self):
        for kind in ("webhook", "alertmanager", "grafana"):
            notifier = Notifier(NOTIFIER, None)
            self.addCleanup(notifier.close)
            code, said = notifier.run("--preview", kind)
            self.assertEqual(code, 0, said)
            self.assertGreater(len([json.loads(line) for line in said.splitlines()]), 50)


if __name__ == "__main__":
    NOTIFIER, FEED_SERVER = sys.argv[1:3]
    del sys.argv[1:3]
    unittest.main()
