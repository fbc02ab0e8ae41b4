"""What a user can get wrong, each with its sentence, its next action and an exit code that is not 0."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from workbench import CONTRACT, PAPER, TRAIN, Said, Study, git, make_repository, mlrc

ENVELOPE = (
    ("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search")
    if os.geteuid() == 0
    else ()
)
"""Root without the right to pass over permissions: what everybody else is anyway."""


def assert_refused(said: Said, *words: str, code: int | None = None) -> None:
    """One sentence or more on standard error with these words, and a code of the list that is not 0."""
    assert said.code == code if code is not None else said.code in (1, 2, 3, 4, 6), said
    for word in words:
        assert word in said.err, said
    assert len(said.err.split()) >= 5, said.err


# --- folders -------------------------------------------------------------------------------------------------------


def test_a_folder_that_is_no_repository(tmp_path: Path) -> None:
    assert_refused(mlrc("init", cwd=tmp_path), "not in a git repository", "git init")
    assert not (tmp_path / ".mlrc").exists()


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    assert_refused(mlrc("init", tmp_path / "nowhere", cwd=tmp_path), "does not exist")


def test_a_bare_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    before = sorted(p.name for p in (tmp_path / "bare.git").iterdir())
    assert_refused(mlrc("init", "bare.git", cwd=tmp_path), "bare repository", "Clone")
    assert sorted(p.name for p in (tmp_path / "bare.git").iterdir()) == before


def test_an_empty_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert_refused(mlrc("init", cwd=tmp_path), "no commit yet", "git commit")
    assert not (tmp_path / ".mlrc").exists()


def test_a_folder_inside_a_repository_names_its_top(tmp_path: Path) -> None:
    make_repository(tmp_path / "mine", {"copilot.toml": CONTRACT, "src/train.py": TRAIN})
    assert_refused(mlrc("init", cwd=tmp_path / "mine" / "src"), f"mlrc init {tmp_path / 'mine'}", code=2)


def test_a_detached_head_works_and_is_said(make_study: Callable[..., Study]) -> None:
    study = make_study()
    git(study.folder, "checkout", "-q", "--detach")
    said = study.mlrc("init", "--sandbox", "local")
    assert said.code == 0 and "HEAD is detached" in said.err, said
    study.yes(study.newest("contract"))
    diff = study.proposed(study.read(1))
    study.yes(diff)
    assert git(study.folder, "rev-parse", "HEAD").decode().strip() == study.card(diff)["base"]


def test_a_dirty_tree_works_and_is_said(make_study: Callable[..., Study]) -> None:
    study = make_study()
    (study.folder / "train.py").write_text(TRAIN + "# not committed\n")
    (study.folder / "new.py").write_text("x = 1\n")
    said = study.mlrc("init", "--sandbox", "local")
    assert said.code == 0 and "1 changed and 1 untracked" in said.err and "from the last commit" in said.err, said


def test_a_repository_without_a_contract_gets_one_to_fill_in(tmp_path: Path) -> None:
    make_repository(tmp_path / "mine", {"train.py": TRAIN})
    said = mlrc("init", cwd=tmp_path / "mine")
    assert_refused(said, "copilot.toml", "mlrc init", code=4)
    assert "[objective]" in (tmp_path / "mine" / "copilot.toml").read_text()
    assert (tmp_path / "mine" / "train.py").read_text() == TRAIN


def test_outside_of_a_workspace(tmp_path: Path) -> None:
    for verb in (("status",), ("inbox",), ("run",), ("accept", "1"), ("logs",), ("events",), ()):
        assert_refused(mlrc(*verb, cwd=tmp_path), "is not a workspace", "mlrc init", "mlrc demo", code=3)


def test_a_new_workspace_in_a_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("all of it")
    assert_refused(mlrc("new", "mine", cwd=tmp_path), "not an empty folder", code=2)
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.tex"]
    assert_refused(mlrc("new", "other", "--template", "nonesuch", cwd=tmp_path), "mlrc templates", code=3)
    assert not (tmp_path / "other").exists()


# --- permissions ---------------------------------------------------------------------------------------------------


@pytest.fixture
def envelope() -> tuple[str, ...]:
    if ENVELOPE and (shutil.which("setpriv") is None or subprocess.run([*ENVELOPE, "true"]).returncode != 0):
        pytest.skip("root cannot give up passing over permissions here (setpriv)")
    return ENVELOPE


def test_a_repository_that_may_not_be_written(tmp_path: Path, envelope: tuple[str, ...]) -> None:
    folder = make_repository(tmp_path / "mine")
    folder.chmod(0o500)
    try:
        assert_refused(mlrc("init", cwd=folder, prefix=envelope), "cannot be written", "--state-dir", code=1)
        assert not (folder / ".mlrc").exists()
    finally:
        folder.chmod(0o700)
    (folder / ".git" / "refs").chmod(0o500)
    try:
        assert_refused(mlrc("init", cwd=folder, prefix=envelope), "refs is not readable and writable", "clone")
    finally:
        (folder / ".git" / "refs").chmod(0o700)


def test_a_state_folder_of_somebody_else(make_study: Callable[..., Study], envelope: tuple[str, ...]) -> None:
    study = make_study().open()
    study.paths.state.chmod(0)
    try:
        for verb in (("status",), ("init",), ("run", "--paper", "x.md"), ("config", "show")):
            assert_refused(study.mlrc(*verb, prefix=envelope), "ermission")
    finally:
        study.paths.state.chmod(0o700)
    assert study.mlrc("status", prefix=envelope).code == 0


def test_a_contract_that_may_not_be_read(make_study: Callable[..., Study], envelope: tuple[str, ...]) -> None:
    study = make_study()
    (study.folder / "copilot.toml").chmod(0)
    try:
        assert_refused(study.mlrc("init", "--sandbox", "local", prefix=envelope), "copilot.toml", "Permission denied")
    finally:
        (study.folder / "copilot.toml").chmod(0o600)
        study.stop_engine()


# --- contracts -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A repository whose contract is changed again and again."""
    folder = make_repository(tmp_path_factory.mktemp("drafts") / "study")
    study = Study(folder)
    yield study
    study.close()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[limits]", "[limits]\nwall_secnds = 3", ("line 20", "limits.wall_secnds", "`wall_seconds`")),
        ("[budget]", "[budgets]", ("unknown key `budgets`", "`budget`")),
        ("cpus = 1", 'cpus = "many"', ("line 22", "limits.cpus", "many")),
        ("claims = 20", "claims = 0", ("line 11", "objective.claims")),
        ('direction = "minimize"', 'direction = "down"', ("objective.direction", "minimize")),
        ('metric = "val_loss"\n', "", ("objective.metric", "missing")),
        ("[objective]", "[objective", ("line 5",)),
        ('line = "val_loss"', 'line = "val_loss"\njson_key = "a:b"', ("exactly one",)),
        ('editable = ["train.py"]', "editable = []", ("editable",)),
    ],
)
def test_a_contract_with_a_mistake_names_file_line_key_and_nearest_match(
    drafts: Study, old: str, new: str, words: tuple[str, ...]
) -> None:
    assert CONTRACT.count(old) == 1
    (drafts.folder / "copilot.toml").write_text(CONTRACT.replace(old, new))
    said = drafts.mlrc("init", "--sandbox", "local")
    assert_refused(said, "copilot.toml", *words, code=1)
    assert drafts.state.contract == "" and drafts.state.waiting() == []


def test_a_sandbox_that_does_not_exist(tmp_path: Path) -> None:
    folder = make_repository(tmp_path / "mine")
    assert_refused(mlrc("init", "--sandbox", "dokcer", cwd=folder), "docker", "bubblewrap", code=2)
    assert not (folder / ".mlrc").exists()


def test_a_setting_that_is_wrong(make_study: Callable[..., Study]) -> None:
    study = make_study()
    said = study.mlrc("config", "show", env={"MLRC_IDLE_EXIT": "soon"})
    assert_refused(said, "environment", "idle_exit", code=2)
    assert study.mlrc("config", "show", "--origin", env={"MLRC_IDLE_EXIT": "9"}).out.count("(environment)") == 1


def test_an_interpreter_that_is_gone(make_study: Callable[..., Study]) -> None:
    study = make_study(files={"copilot.toml": CONTRACT + '\n[environment]\npython = "/no/python"\n', "train.py": TRAIN})
    assert_refused(study.mlrc("init", "--sandbox", "local"), "/no/python", "does not exist", "[environment]")


def test_data_that_is_not_there(make_study: Callable[..., Study]) -> None:
    study = make_study(files={"copilot.toml": CONTRACT + '\n[data]\npaths = ["/no/data"]\n', "train.py": TRAIN})
    assert_refused(study.mlrc("init", "--sandbox", "local"), "/no/data", "copilot.toml")


# --- papers --------------------------------------------------------------------------------------------------------


def pdf(path: Path, *, password: str = "", cut: bool = False) -> Path:
    from pypdf import PdfWriter

    writer = PdfWriter()
    for _ in range(3):
        writer.add_blank_page(width=300, height=400)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    with path.open("wb") as file:
        writer.write(file)
    if cut:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    return path


PAPERS: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "empty.md": (lambda p: p.write_text(""), ("empty",)),
    "encrypted.pdf": (lambda p: pdf(p, password="secret"), ("password",)),
    "truncated.pdf": (lambda p: pdf(p, cut=True), ("damaged or cut off",)),
    "scan.pdf": (lambda p: pdf(p), ("text",)),
    "binary.txt": (lambda p: p.write_bytes(bytes(range(256)) * 20), ("text",)),
}


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    PAPERS[name][0](tmp_path / name)
    said = mlrc("paper", name, cwd=tmp_path)
    assert_refused(said, name, *PAPERS[name][1], code=1)
    assert said.out == ""


def test_a_web_page_that_was_saved_as_a_pdf_is_read_as_what_it_is(study: Study) -> None:
    page = study.folder.parent / "page.pdf"
    page.write_text("<!DOCTYPE html><html><body><p>404, the paper you want is elsewhere.</p></body></html>")
    assert "named .pdf but holds HTML" in study.mlrc("paper", page).err
    assert_refused(study.mlrc("run", "--paper", page), "no idea supported by this paper", code=1)


def test_a_paper_that_is_not_there_and_one_that_is(tmp_path: Path) -> None:
    assert_refused(mlrc("paper", "nowhere.pdf", cwd=tmp_path), "nowhere.pdf", code=3)
    (tmp_path / "paper.md").write_text(PAPER)
    assert mlrc("paper", "paper.md", "--json", cwd=tmp_path).code == 0


def test_a_workspace_says_of_a_bad_paper_what_is_wrong_and_keeps_the_good_one(study: Study) -> None:
    ideas = study.read(2)
    pdf(study.folder.parent / "secret.pdf", password="x")
    (study.folder.parent / "cake.md").write_text("# Bread\n\n## Abstract\n\nWe bake.\n\n## 1 Dough\n\nMix and rest.\n")
    for name, words in (
        ("nowhere.md", ("nowhere.md",)),
        ("secret.pdf", ("password",)),
        ("cake.md", ("no idea supported by this paper",)),
    ):
        said = study.mlrc("run", "--paper", study.folder.parent / name)
        assert said.code in (1, 3) and all(word in said.err for word in words), said
        auto = study.mlrc("run", "--paper", study.folder.parent / name, "--auto", "--json")
        assert auto.code in (1, 3) and all(word in auto.err for word in words), auto
    assert [s.id for s in study.state.waiting()] == [idea.id for idea in ideas]
    assert study.branches() == {} and study.state.dial == "gated"
    assert "cake" in study.mlrc("status").out or "Bread" in study.mlrc("status", "--json").out


# --- wrong words ---------------------------------------------------------------------------------------------------


def test_words_that_make_no_sense(study: Study) -> None:
    study.read(1)
    for words, code in {
        ("accpt", "1"): 2,
        ("accept",): 2,
        ("accept", "one"): 2,
        ("accept", "99", "--hash", "0" * 12): 3,
        ("accept", "2", "--hash", "123"): 2,
        ("accept", "2", "--no-input"): 4,
        ("accept", "2"): 4,
        ("edit", "2"): 4,
        ("edit", "x1"): 2,
        ("edit", "p9", "--file", "-"): 3,
        ("edit", "2", "--file", "nowhere"): 3,
        ("show", "99"): 3,
        ("logs", "99"): 3,
        ("logs", "0"): 3,
        ("stop",): 2,
        ("stop", "99"): 3,
        ("reproduce", "99"): 3,
        ("undo", "99"): 3,
        ("undo", "2"): 1,
        ("run", "--ideas", "0"): 2,
        ("status", "--nonesuch"): 2,
    }.items():
        assert_refused(study.mlrc(*words), code=code)
    assert [s.phase for s in study.state.steps.values()] == ["accepted", "proposed"]
