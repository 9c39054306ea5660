# One image; its commands are those of `muster`. See docs/operators.md.
FROM python:3.13-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONPATH=/opt/muster \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    MUSTER_HOST=0.0.0.0 \
    MUSTER_DATABASE_URL=sqlite:////data/muster.db

COPY requirements.lock /opt/muster/
RUN pip install --require-hashes --only-binary :all: -r /opt/muster/requirements.lock

COPY LICENSE /opt/muster/
COPY migrations /opt/muster/migrations
COPY matching /opt/muster/matching
COPY routing /opt/muster/routing
COPY service /opt/muster/service
RUN python -m compileall -q /opt/muster \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin muster \
    && install -d -o 10001 -g 10001 /data

USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('MUSTER_PORT', '8000') + '/readyz', timeout=4)"]

ENTRYPOINT ["python", "-m", "service"]
CMD ["serve"]
