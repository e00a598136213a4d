"""Scripts lose the lines that are comments alone and nothing else, also under a hashed name."""

from pathlib import Path

from django.core.files.base import ContentFile

from omnihub.static import Storage

SCRIPTS = {
    "inbox/js/a.js": "// why\nexport const a = 1\n",
    "inbox/js/b.js": 'import { a } from "./a.js"\n// why\na()\n',
}


def test_the_hashed_script_is_whole_without_its_comments(tmp_path: Path) -> None:
    storage = Storage(location=str(tmp_path), base_url="/static/")
    for name, said in SCRIPTS.items():
        storage.save(name, ContentFile(said.encode()))
    found = storage.post_process({name: (storage, name) for name in SCRIPTS})
    made = {old: new for old, new, _ in found if new}
    assert (tmp_path / made["inbox/js/a.js"]).read_text() == "export const a = 1\n"
    second = (tmp_path / made["inbox/js/b.js"]).read_text()
    assert second.endswith('"\na()\n')
    hashed = made["inbox/js/a.js"].rpartition("/")[2]
    assert second.startswith(f'import {{ a }} from "./{hashed}"')
