"""train mixture and train --model gan, evaluate modes, resume; and what users get wrong."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from alicuda import cli, encode, evaluate, interpolate, reconstruct, sample, train
from alicuda.data import mixture
from alicuda.errors import InputError
from alicuda.training import checkpoint, points, run_directory

SMALL = ["--set", "width=0.03", "--set", "grid=2", "--batch-size", "20"]


@pytest.fixture(scope="module", params=["ali", "gan"])
def run(request, tmp_path_factory):
    place = tmp_path_factory.mktemp("mixture") / request.param
    assert train.main(["mixture", "--model", request.param, *SMALL, "--steps", "2", "--out", str(place)]) == cli.DONE
    return place


def figures(run, capsys):
    capsys.readouterr()
    assert evaluate.main(["modes", str(run), "--json"]) == cli.DONE
    return json.loads(capsys.readouterr().out)


def test_a_run_leaves_what_a_run_leaves(run):
    config, metrics = run_directory.read_config(run), run_directory.read_metrics(run)
    assert config["experiment"] == config["source"] == "mixture" and config["options"]["model"] == run.name
    looks = [line for line in metrics if line["kind"] == "health"]
    assert looks[-1]["step"] == 2 and ("mse" in looks[-1]) == ("own_mode" in looks[-1]) == (run.name == "ali")
    for path in [run / "curves.png", *(run / "samples").glob("*.png")]:
        with Image.open(path) as picture:
            assert picture.size[0] > 500 and len(np.unique(np.asarray(picture.convert("L")))) > 10
    assert len(list((run / "samples").glob("*.png"))) == len(looks)


def test_evaluate_says_what_the_last_look_saw(run, capsys):
    found, look = figures(run, capsys), run_directory.read_metrics(run)[-1]
    assert (found["model"], found["step"], found["of"], found["samples"]) == (run.name, 2, 4, 2500)
    shared = [name for name in look if name in found and name not in ("step", "kind", "time")]
    assert len(shared) >= 7 and all(found[name] == look[name] for name in shared)
    assert evaluate.main(["modes", str(run)]) == cli.DONE
    assert f"modes covered   {found['modes']} of 4" in capsys.readouterr().out


def test_evaluate_of_a_model_that_is_right(run, tmp_path, monkeypatch, capsys):
    """A decoder that knows the data covers all of it; one that knows one mode covers one."""
    data = mixture.load(2)
    kept = points.cloud
    for known, modes, quality in ((data.test, 4, 0.989), (data.test[data.test_labels == 3], 1, 0.989)):
        monkeypatch.setattr(
            points, "cloud", lambda *a, known=known: kept(*a)._replace(samples=np.resize(known, (2500, 2)))
        )
        found = figures(run, capsys)
        assert found["modes"] == modes and abs(found["high_quality"] - quality) < 0.012


def test_resumed_in_the_middle_it_ends_the_same(run, tmp_path):
    half = tmp_path / "half"
    assert train.main(["mixture", "--model", run.name, *SMALL, "--steps", "1", "--out", str(half)]) == cli.DONE
    assert train.main(["mixture", "--resume", str(half), "--steps", "2"]) == cli.DONE
    one, other = (checkpoint.load(place).players for place in (half, run))
    for name in one:
        assert np.array_equal(one[name].values, other[name].values)
        assert np.array_equal(one[name].running, other[name].running)


@pytest.mark.parametrize("command", [sample, reconstruct, encode, interpolate])
def test_commands_for_pictures_refuse_points(run, command):
    with pytest.raises(InputError, match="model of points"):
        command.main([str(run), *(["a.png"] if command is encode else [])])


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (["mixture", "--data", "."], "leave --data out"),
        (["mixture", "--size", "64"], "--size is for your own pictures"),
        (["mixture", "--model", "vae"], "model takes ali or gan"),
        (["mixture", "--set", "output_bias=log_odds", "--steps", "1"], "output_bias=zero"),
        (["mixture", "--set", "grid=0"], "grid takes"),
    ],
)
def test_bad_input(typed, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=says):
        train.main(typed)
    assert not list(tmp_path.iterdir())


def test_resume_as_the_other_model_is_refused(run):
    other = {"ali": "gan", "gan": "ali"}[run.name]
    with pytest.raises(InputError, match="--model cannot differ"):
        train.main(["mixture", "--resume", str(run), "--model", other])


def test_evaluate_refuses_pictures_and_other_figures(made, run, tmp_path):
    with pytest.raises(InputError, match="model of pictures"):
        evaluate.main(["modes", str(made)])
    with pytest.raises(InputError, match="evaluate knows modes"):
        evaluate.main(["fid", str(run)])
    with pytest.raises(InputError, match="nothing there"):
        evaluate.main(["modes", str(tmp_path / "missing")])


# ---- a GAN of pictures ----


@pytest.fixture(scope="module")
def gan(data, tmp_path_factory):
    place = tmp_path_factory.mktemp("gan") / "run"
    small = ["--steps", "1", "--batch-size", "4", "--set", "code=4", "--set", "width=0.06"]
    assert train.main(["svhn", "--model", "gan", *small, "--data", str(data), "--out", str(place)]) == cli.DONE
    return place


def test_a_gan_of_pictures(gan, tmp_path):
    look = [line for line in run_directory.read_metrics(gan) if line["kind"] == "health"][-1]
    assert {"loss_d", "d_real", "sample_std"} <= look.keys()
    assert not {"mse", "pair_ratio", "contrast_ratio", "sigma_mean"} & look.keys()
    assert list((gan / "samples").glob("*.png")) and not (gan / "reconstructions").exists()
    assert sample.main([str(gan), "-n", "4", "-o", str(tmp_path / "four.png")]) == cli.DONE


@pytest.mark.parametrize("command", [reconstruct, encode, interpolate])
def test_commands_that_need_an_encoder_say_that_it_has_none(gan, command):
    with pytest.raises(InputError, match="is a GAN, which has no encoder; train without --model gan"):
        command.main([str(gan), *(["a.png"] if command is encode else [])])


def test_a_gan_of_pictures_goes_on(gan, data, tmp_path):
    more = shutil.copytree(gan, tmp_path / "more")
    assert train.main(["svhn", "--resume", str(more), "--steps", "2"]) == cli.DONE
    assert checkpoint.load_with_step(checkpoint.find(more))[1] == 2


def test_a_run_of_before_there_were_gans_goes_on(made, tmp_path):
    """Its config and checkpoint name no `model` and no `grid`."""
    old = shutil.copytree(made, tmp_path / "old")
    config = json.loads((old / "config.json").read_text("utf-8"))
    for name in ("model", "grid"):
        del config["options"][name]
    (old / "config.json").write_text(json.dumps(config), "utf-8")
    assert train.main(["svhn", "--resume", str(old), "--steps", "2"]) == cli.DONE
