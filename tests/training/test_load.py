"""A checkpoint written on one backend is read on any other."""

import numpy as np

from alicuda import use_backend
from alicuda.models import ALI
from alicuda.models.experiments import default_options
from alicuda.training import checkpoint
from alicuda.training.step import TrainingStep


def test_a_checkpoint_is_read_on_every_backend(backend, tmp_path):
    with use_backend("numpy"):
        written = TrainingStep(ALI("tiny", default_options("tiny").with_assignments(["width=0.5"]), seed=3), 3, 1)
        for _ in range(2):
            written.run(np.random.default_rng(0).random((3, 8, 8, 3), np.float32))
        path = checkpoint.save(written, tmp_path, 1)
    with use_backend(backend):
        model, step = checkpoint.load_with_step(path)
        assert step == 2 and model.backend is backend
        for key, player in model.players.items():
            values = written.model.players[key].values
            assert np.array_equal(backend.to_numpy(player.values), written.backend.to_numpy(values))
