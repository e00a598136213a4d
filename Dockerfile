# One image for web, worker, clock and the preparing step; docker-compose.yml says who runs what.
FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt requirements-uv.txt /tmp/
RUN python -m venv /srv/venv \
 && /srv/venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/requirements-uv.txt \
 && VIRTUAL_ENV=/srv/venv UV_PYTHON_DOWNLOADS=never /srv/venv/bin/uv pip sync \
    --no-cache --compile-bytecode --require-hashes /tmp/requirements.txt

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 hub && useradd --uid 10001 --gid hub --home-dir /data --no-create-home hub \
 && install -d -o hub -g hub -m 0700 /data
COPY --from=packages /srv/venv /srv/venv
COPY . /srv/omnihub
WORKDIR /srv/omnihub
ENV PATH=/srv/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 OMNIHUB_DATA=/data
# translations are compiled here: at run time the code is not writable
RUN OMNIHUB_SECRET_KEY=unused python manage.py compile_translations
USER hub
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "omnihub.launcher.web", "0.0.0.0:8000"]
