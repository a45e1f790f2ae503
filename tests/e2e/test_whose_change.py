"""Cards name whose change it is, by the recipes of docs/whose-change.md as they are written."""
import os
import re
import subprocess

import pytest
import yaml

from processes import ROOT

OLD = "3f2c1ab9e8d7c6b5a4938271605f4e3d2c1b0a99"
NEW = "9be04d2f6a1c3b5d7e8f90a1b2c3d4e5f6071829"


def recipe(marker):
    text = (ROOT / "docs" / "whose-change.md").read_text(encoding="utf-8")
    return re.search(rf"<!-- whose-change: {marker} -->\n```\w+\n(.*?)```", text, re.DOTALL).group(1)


def for_the_lab(command, service):
    """The swarm of the tests has no registry: the images that it has, and no look at a registry."""
    command = re.sub(r"--image \S+", "--image bb:2", command).replace("shop_api", service)
    return command.replace("docker service update", "docker service update --detach --no-resolve-image")


def run(command, manager, folder, **variables):
    """In a repository with one commit, whose identifier is returned."""
    subprocess.run("git init -q . && git -c user.name=t -c user.email=t@t commit -q --allow-empty -m first", shell=True, cwd=folder,
                   check=True)
    environment = os.environ | {"DOCKER_HOST": f"unix://{manager.socket}", "USER": "alice"} | variables
    done = subprocess.run(["sh", "-euc", command], cwd=folder, env=environment, text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, text=True, capture_output=True, check=True).stdout.strip()


def of_revision(service, revision=OLD, *options):
    return service("--label", f"swarmbell.revision={revision}", *options)


def links(card):
    return re.findall(r'https?://[^\s"\'<>|)\\]+', str(card.body))


def test_the_command(rings, service, manager, tmp_path):
    name = of_revision(service, OLD, "--label", "swarmbell.source=https://gitlab.example.com/shop/api")
    rings.wait_until_seen(name)
    commit = run(for_the_lab(recipe("command"), name), manager, tmp_path)
    for card in rings.expect("yellow", f"Service {name} updated", f"by alice · 3f2c1ab → {commit[:7]}"):
        assert f"https://gitlab.example.com/shop/api/-/compare/{OLD}...{commit}" in links(card), card.body
        assert not card.shows("swarmbell.revision"), card
    rings.expect("green", f"Service {name} update completed", f"by alice · 3f2c1ab → {commit[:7]}")


def test_the_compose_file(rings, manager, tmp_path):
    compose = yaml.safe_load(recipe("compose"))
    compose["services"]["api"]["image"] = "bb:${TAG:?}"
    (tmp_path / "stack.yml").write_text(yaml.safe_dump({"version": "3.8"} | compose))
    deploy = recipe("deploy").replace("docker stack deploy", "docker stack deploy --resolve-image never").replace(" shop\n", " whose\n")
    try:
        commit = run(deploy.replace("2.5.0", "1"), manager, tmp_path)
        rings.expect("green", "Service whose_api created", "by alice")
        rings.mark()
        run(deploy.replace("2.5.0", "2").replace('REVISION="$(git rev-parse HEAD)"', f'REVISION="{NEW}"'), manager, tmp_path,
            USER="bob")
        # It comes soon after the first deploy, and is a part of its story: the end tells it.
        rings.expect("green", "Service whose_api update completed", f"by bob · {commit[:7]} → 9be04d2", timeout=60)
    finally:
        manager.docker("stack", "rm", "whose", check=False)


@pytest.mark.parametrize("ci, variables, pipeline", [
    pytest.param("gitlab", {"GITLAB_USER_LOGIN": "alice", "CI_PIPELINE_URL": "https://gitlab.example.com/shop/api/-/pipelines/812",
                            "CI_COMMIT_SHA": NEW, "CI_PROJECT_URL": "https://gitlab.example.com/shop/api"},
                 "https://gitlab.example.com/shop/api/-/pipelines/812", id="gitlab"),
    pytest.param("github", {"GITHUB_ACTOR": "alice", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "shop/api",
                            "GITHUB_RUN_ID": "812", "GITHUB_SHA": NEW},
                 "https://github.com/shop/api/actions/runs/812", id="github"),
])
def test_the_pipelines(rings, service, manager, tmp_path, ci, variables, pipeline):
    parsed = yaml.safe_load(recipe(ci))
    (script,) = parsed["deploy"]["script"] if ci == "gitlab" else [step["run"] for step in parsed["jobs"]["deploy"]["steps"]]
    name = of_revision(service)
    rings.wait_until_seen(name)
    run(for_the_lab(script, name), manager, tmp_path, **variables)
    for card in rings.expect("yellow", f"Service {name} updated", "by alice · pipeline 812 · 3f2c1ab → 9be04d2"):
        assert pipeline in links(card), card.body
    cards = rings.expect("green", f"Service {name} update completed", "by alice · pipeline 812")
    assert all(pipeline in links(card) for card in cards)


def test_labels_alone_make_no_card_and_old_ones_name_nobody(rings, service, manager):
    name = of_revision(service, OLD, "--label", "swarmbell.by=alice")
    rings.wait_until_seen(name)
    manager.docker("service", "update", "--detach", "--label-add", f"swarmbell.revision={NEW}", name)
    manager.docker("service", "update", "--detach", "--no-resolve-image", "--env-add", "A=1", name)
    for card in rings.expect("yellow", f"Service {name} updated", "A"):
        assert not card.shows("alice") and not card.shows("swarmbell.revision"), card
    assert not [card for card in rings.cards() if card.shows(name, "labels changed")]


def test_a_failed_update_names_its_author_and_a_rollback_nobody(rings, service, manager):
    name = service("--update-monitor", "5s", "--update-failure-action", "rollback", "--rollback-monitor", "100ms",
                   "--label", f"swarmbell.revision={OLD}", command=["sleep", "1000"])
    rings.wait_until_seen(name)
    manager.docker("service", "update", "--detach", "--no-resolve-image", "--args", "sh -c 'exit 3'", "--label-add", "swarmbell.by=bob",
                   "--label-add", f"swarmbell.revision={NEW}", name)
    rings.expect("red", f"Service {name} update failed", "by bob · 3f2c1ab → 9be04d2", timeout=60)
