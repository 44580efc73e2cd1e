"""sample, reconstruct, encode and interpolate: every picture and number they write, and what users get wrong."""

import json
import os
import re
import shutil

import numpy as np
import pytest
import scipy.io
from PIL import Image

from alicuda import encode, interpolate, reconstruct, sample, trained
from alicuda.data import synthetic
from alicuda.errors import InputError
from alicuda.models.ali import ALI
from alicuda.training import checkpoint, pictures
from alicuda.training.step import TrainingStep

CODE, TEST = 4, 9  # as conftest.py makes them


def pixels(paths):
    return np.stack([np.asarray(Image.open(path)) for path in paths])


def test_pictures(data):
    return scipy.io.loadmat(data / "test_32x32.mat")["X"].transpose(3, 0, 1, 2)


test_pictures.__test__ = False


def cells(path, columns, gap_after=()):
    """The pictures of a grid, (rows, columns, 32, 32, 3), and what is right of and below them must be white."""
    sheet = np.asarray(Image.open(path).convert("RGB"))
    gap, cell = pictures.GAP, 64
    lefts = [gap + c * (cell + gap) + 2 * gap * sum(c > g for g in gap_after) for c in range(columns)]
    rows = (sheet.shape[0] - pictures.CAPTION - gap) // (cell + gap)
    tops = [pictures.CAPTION + r * (cell + gap) for r in range(rows)]
    assert (sheet[pictures.CAPTION :, lefts[-1] + cell :] == 255).all()
    assert (sheet[pictures.CAPTION :, lefts[0] + cell : lefts[0] + cell + gap] == 255).all()
    return np.array([[sheet[top : top + cell : 2, left : left + cell : 2] for left in lefts] for top in tops])


def g1(run, z):
    return pictures.to_bytes(checkpoint.load(run).g1(z.astype(np.float32)).numpy())


def g2(run, x):
    return [t.numpy() for t in checkpoint.load(run).g2(x.astype(np.float32) / 255)]


def only_png(folder):
    (path,) = set(folder.glob("*.png")) - {folder / "curves.png"}
    return path


# ---- sample ----


def test_sample_shows_g1_of_the_codes_of_the_run(run, capsys):
    assert sample.main([str(run), "-n", "5"]) == 0
    path = only_png(run)
    assert f"wrote {path}: 5 samples of svhn, step 1, seed 5" in capsys.readouterr().out
    shown = cells(path, 3).reshape(-1, 32, 32, 3)
    expected = g1(run, pictures.draw_codes(checkpoint.load(run), 5, 5))
    assert expected.std(axis=0).mean() > 10, "the test needs pictures that differ"
    np.testing.assert_array_equal(shown[:5], expected)
    assert (shown[5] == 255).all()


def test_sample_has_64_pictures_and_begins_as_training_does(run, tmp_path):
    sample.main([str(run), "-o", str(tmp_path / "many.png")])
    assert cells(tmp_path / "many.png", 8).shape[0] == 8
    sample.main([str(run), "-n", "1", "-o", str(tmp_path / "one.png")])
    np.testing.assert_array_equal(cells(tmp_path / "one.png", 1)[0, 0], cells(tmp_path / "many.png", 8)[0, 0])


def test_sample_same_seed_same_bytes(run, tmp_path):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        sample.main([str(run), "-n", "4", "--seed", str(seed), "-o", str(tmp_path / f"{name}.png")])
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (cells(tmp_path / "a.png", 2) != cells(tmp_path / "c.png", 2)).mean() > 0.5


def test_sample_of_a_checkpoint(run, lone, tmp_path, capsys):
    sample.main([str(lone), "-n", "2"])
    assert only_png(tmp_path).name.startswith("sample-") and "lone" in only_png(tmp_path).name
    sample.main([str(checkpoint.find(run)), "-n", "2"])
    assert only_png(run).parent == run
    np.testing.assert_array_equal(cells(only_png(run), 2), cells(only_png(tmp_path), 2))
    old = run / "checkpoints" / "step-00000000.safetensors"
    sample.main([str(old), "-n", "2", "-o", str(tmp_path / "old.png")])
    assert "step 0" in capsys.readouterr().out.splitlines()[-1]
    assert (cells(tmp_path / "old.png", 2) != cells(only_png(run), 2)).any()


def test_pictures_of_a_synthetic_run_say_so(run, tmp_path, capsys, monkeypatch):
    sample.main([str(run), "-n", "1", "-o", str(tmp_path / "svhn.png")])
    config = json.loads((run / "config.json").read_text())
    small = synthetic.load(0, 3, 2)
    config |= {"source": "synthetic", "data": None, "pictures": {"sha256": small.checksum(), "note": "", "test": 2}}
    (run / "config.json").write_text(json.dumps(config))
    capsys.readouterr()
    sample.main([str(run), "-n", "1", "-o", str(tmp_path / "synthetic.png")])
    assert "svhn (synthetic), step 1" in capsys.readouterr().out
    captions = [np.asarray(Image.open(tmp_path / f"{name}.png"))[: pictures.CAPTION] for name in ("svhn", "synthetic")]
    assert (captions[1] < 128).sum() > (captions[0] < 128).sum(), "the caption is longer by a word"

    monkeypatch.setattr(synthetic, "load", lambda: small)
    reconstruct.main([str(run), "-o", str(tmp_path / "pairs.png")])
    out = capsys.readouterr()
    assert "(synthetic)" in out.out and not out.err
    np.testing.assert_array_equal(cells(tmp_path / "pairs.png", 4, (1,))[0, ::2], small.test)
    monkeypatch.setattr(synthetic, "load", lambda: synthetic.Pictures("synthetic", small.test, small.test, *[None] * 4))
    reconstruct.main([str(run), "-o", str(tmp_path / "pairs.png")])
    assert "are not those that the run was started with" in capsys.readouterr().err


# ---- reconstruct ----


def mse_printed(line):
    return float(re.search(r"mse ([\d.]+), PSNR", line)[1]), float(re.search(r"PSNR ([\d.]+) dB", line)[1])


def test_reconstruct_shows_test_pictures_beside_g1_of_mu(run, data, capsys):
    assert reconstruct.main([str(run)]) == 0
    test = test_pictures(data)
    expected = g1(run, g2(run, test)[0])
    shown = cells(only_png(run), 8, gap_after=(1, 3, 5)).reshape(-1, 32, 32, 3)
    np.testing.assert_array_equal(shown[0 : 2 * TEST : 2], test)
    np.testing.assert_array_equal(shown[1 : 2 * TEST : 2], expected)
    mse, psnr = mse_printed(capsys.readouterr().out)
    assert mse == pytest.approx(np.mean(((test / 255.0) - (expected / 255.0)) ** 2), abs=1e-4)
    assert psnr == pytest.approx(10 * np.log10(1 / mse), abs=0.01)


def test_reconstruct_draws(run, data, tmp_path):
    for k in (1, 2):
        reconstruct.main([str(run), "-n", "3", "--draws", str(k), "-o", str(tmp_path / f"{k}.png"), "--seed", "11"])
    test = test_pictures(data)[:3]
    two, one = cells(tmp_path / "2.png", 6, gap_after=(2,)), cells(tmp_path / "1.png", 6, gap_after=(1, 3))
    two = two.reshape(-1, 32, 32, 3)[:9].reshape(3, 3, 32, 32, 3)
    np.testing.assert_array_equal(two[:, 0], test)
    mu, log_sigma = g2(run, test)
    noise = trained.encoder_noise(checkpoint.load(run), 3, 11, 2)
    for k in range(2):
        np.testing.assert_array_equal(two[:, k + 1], g1(run, mu + np.exp(log_sigma) * noise[k]))
    assert (two[:, 1] != two[:, 2]).any()
    np.testing.assert_array_equal(one[0, 1::2], two[:, 1])
    reconstruct.main([str(run), "-n", "3", "--draws", "2", "-o", str(tmp_path / "again.png"), "--seed", "11"])
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "2.png").read_bytes()


def test_encoder_noise_is_normal_and_of_the_seed(made):
    model = checkpoint.load(made)
    a, b = trained.encoder_noise(model, 5000, 3, 2)
    assert abs(a.mean()) < 0.03 and abs(a.std() - 1) < 0.03 and abs(np.mean(a * b)) < 0.03
    np.testing.assert_array_equal(a[:7], trained.encoder_noise(model, 7, 3, 1)[0])
    assert (a[:7] != trained.encoder_noise(model, 7, 4, 1)[0]).all()
    assert (a[:7] != pictures.draw_codes(model, 7, 3)).all(), "sample and reconstruct draw apart"


def test_reconstruct_your_own_pictures(run, lone, photos, tmp_path, capsys):
    reconstruct.main([str(run), photos[0], "-o", str(tmp_path / "own.png"), photos[1]])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[:2]] == photos[:2]
    assert np.mean([mse_printed(line)[0] for line in lines[:2]]) == pytest.approx(mse_printed(lines[2])[0], abs=1e-4)
    np.testing.assert_array_equal(cells(tmp_path / "own.png", 4, (1,))[0, ::2], pixels(photos[:2]))
    reconstruct.main([str(lone), *photos[:2], "-o", str(tmp_path / "lone.png")])
    np.testing.assert_array_equal(cells(tmp_path / "own.png", 4, (1,)), cells(tmp_path / "lone.png", 4, (1,)))


def test_reconstruct_other_test_pictures(run, lone, data, photos, tmp_path, capsys):
    out = tmp_path / "out.png"
    reconstruct.main([str(lone), "--data", str(data), "-n", "2", "-o", str(out)])
    np.testing.assert_array_equal(cells(out, 4, (1,))[0, ::2], test_pictures(data)[:2])
    folder = tmp_path / "mine"
    folder.mkdir()
    for photo in photos:
        shutil.copy(photo, folder)
    reconstruct.main([str(lone), "--data", str(folder), "-n", "9", "-o", str(out)])
    assert "all of them are shown" in capsys.readouterr().err
    np.testing.assert_array_equal(cells(out, 2)[0, 0], pixels(photos)[-1])
    with pytest.raises(InputError, match="does not hold svhn"):
        reconstruct.main([str(run), "--data", str(folder)])


def test_reconstruct_says_when_the_test_set_is_another(run, data, tmp_path, capsys):
    config = json.loads((run / "config.json").read_text())
    config["pictures"]["test"] = 300
    (run / "config.json").write_text(json.dumps(config))
    reconstruct.main([str(run), "-n", "1"])
    assert "are not those that the run was started with" in capsys.readouterr().err
    (run / "config.json").write_text(json.dumps(config | {"data": str(tmp_path / "moved")}))
    with pytest.raises(InputError, match=r"no such folder.*where they are now with --data DIR"):
        reconstruct.main([str(run)])
    assert reconstruct.main([str(run), "-n", "1", "--data", str(data)]) == 0


# ---- encode ----


def test_encode_is_g2(run, photos, capsys):
    assert encode.main([str(run), *photos]) == 0
    path = run / "encode-step-00000001.npz"
    assert f"wrote {path}" in capsys.readouterr().out
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    assert set(arrays) == {"names", "mu", "log_sigma", "z"}
    assert arrays["names"].tolist() == photos
    mu, log_sigma = g2(run, pixels(photos))
    assert mu.shape == (4, CODE) and arrays["mu"].dtype == np.float32
    np.testing.assert_array_equal(arrays["mu"], mu)
    np.testing.assert_array_equal(arrays["log_sigma"], log_sigma)
    eps = trained.encoder_noise(checkpoint.load(run), 4, 5, 1)[0]
    np.testing.assert_allclose(arrays["z"], mu + np.exp(log_sigma) * eps, rtol=1e-6)
    first = path.read_bytes()
    encode.main([str(run), *photos])
    assert path.read_bytes() == first
    encode.main([str(run), *photos, "--seed", "6"])
    with np.load(path) as file:
        assert (file["mu"] == mu).all() and (file["z"] != arrays["z"]).all()
    assert not list(run.glob("*.partial*"))


# ---- interpolate ----


def test_interpolate_test_pictures(run, data, tmp_path, capsys):
    assert interpolate.main([str(run), "-n", "3"]) == 0
    path = only_png(run)
    assert f"wrote {path}: 3 pairs of test pictures" in capsys.readouterr().out
    grid = cells(path, 13, gap_after=(0, 11))
    assert grid.shape[:2] == (3, 13)
    test = test_pictures(data)
    ends = grid[:, [0, -1]].reshape(-1, 32, 32, 3)
    order = [int(np.flatnonzero((test == end).all(axis=(1, 2, 3)))[0]) for end in ends]
    assert len(set(order)) == 6, "no picture twice"
    mu = g2(run, test[order])[0]
    for row in range(3):
        z1, z2 = mu[2 * row], mu[2 * row + 1]
        z = np.stack([z1 + alpha * (z2 - z1) for alpha in np.linspace(0, 1, 11)])
        assert np.abs(grid[row, 1:12].astype(int) - g1(run, z)).max() <= 1
    again, other = tmp_path / "again.png", tmp_path / "other.png"
    interpolate.main([str(run), "-n", "3", "-o", str(again), "--seed", "5"])
    interpolate.main([str(run), "-n", "3", "-o", str(other), "--seed", "6"])
    assert again.read_bytes() == path.read_bytes()
    assert (cells(other, 13, (0, 11))[:, 0] != grid[:, 0]).any()


def test_interpolate_takes_as_many_pairs_as_there_are(run, capsys):
    interpolate.main([str(run)])
    assert cells(only_png(run), 13, (0, 11)).shape[0] == TEST // 2
    assert "enough for 4 pairs" in capsys.readouterr().err


def test_interpolate_your_own_pictures(run, photos, tmp_path):
    out = tmp_path / "out.png"
    interpolate.main([str(run), *photos[:3], "-o", str(out), photos[3]])
    grid = cells(out, 13, (0, 11))
    np.testing.assert_array_equal(grid[:, [0, -1]].reshape(4, 32, 32, 3), pixels(photos))
    ends = g1(run, g2(run, pixels(photos))[0])
    # decoded in a batch of another size: rounded elsewhere, at most one level of 255 away
    np.testing.assert_allclose(grid[:, [1, 11]].reshape(4, 32, 32, 3).astype(int), ends.astype(int), rtol=0, atol=1)


# ---- what a user gets wrong ----


@pytest.mark.parametrize("command", [sample, reconstruct, encode, interpolate])
def test_not_a_run(command, tmp_path, photos):
    images = photos[:2] if command is encode else []
    (tmp_path / "text.safetensors").write_text("no")
    bad = {"nowhere": "nothing there", ".": "not a run directory", "text.safetensors": "not a whole"}
    for path, reason in bad.items():
        with pytest.raises(InputError, match=reason):
            command.main([str(tmp_path / path), *images])


def test_bad_outputs(run, photos, tmp_path):
    for name, reason in (
        ("no/such/x.png", "no directory"), ("x.jpg", r"written as \.png"), ("x", r"written as \.png"),
        ("a" * 300 + ".png", "could not write"), ("d.png", "is a directory"),
    ):  # fmt: skip
        (tmp_path / "d.png").mkdir(exist_ok=True)
        with pytest.raises(InputError, match=reason):
            sample.main([str(run), "-n", "1", "-o", str(tmp_path / name)])
    with pytest.raises(InputError, match=r"written as \.npz"):
        encode.main([str(run), photos[0], "-o", str(tmp_path / "x.png")])
    assert not list(tmp_path.glob("*.partial*"))


def test_a_folder_that_may_not_be_written_to(run, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(InputError, match="may not be written to; give another place with -o"):
        sample.main([str(run)])


def test_bad_pictures(run, lone, photos, tmp_path):
    (tmp_path / "not.png").write_text("no picture")
    for path, reason in (("not.png", "not a picture"), ("none.png", "no such file"), (".", "is a folder")):
        for command in (reconstruct, encode, interpolate):
            with pytest.raises(InputError, match=reason):
                command.main([str(run), photos[0], str(tmp_path / path)])
    assert not list(run.glob("*.npz"))
    with pytest.raises(InputError, match="in pairs, but 3"):
        interpolate.main([str(run), *photos[:3]])
    for command in (reconstruct, interpolate):
        for extra in (["-n", "2"], ["--data", str(tmp_path)]):
            with pytest.raises(InputError, match="not both"):
                command.main([str(run), *photos[:2], *extra])
        with pytest.raises(InputError, match=r"lies in no run directory.*--data DIR"):
            command.main([str(lone)])


def test_one_test_picture_makes_no_pair(lone, photos, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    for photo in photos:
        shutil.copy(photo, folder)
    with pytest.raises(InputError, match="a pair takes two"):
        interpolate.main([str(lone), "--data", str(folder)])


def test_models_that_have_no_pictures_or_another_experiment(run, tmp_path):
    training = TrainingStep(ALI("mixture"), 0, 1)
    path = checkpoint.save(training, tmp_path / "points", 1)
    with pytest.raises(InputError, match=r"model of points \(mixture\)"):
        sample.main([str(path)])
    shutil.copy(path, run / "checkpoints" / "step-00000009.safetensors")
    with pytest.raises(InputError, match=r"checkpoint of mixture, but .* is a run of svhn"):
        sample.main([str(run)])
