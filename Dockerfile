# The gateway, as an account of its own, with nothing but what it runs on.
#   docker build -t specloom .
#   docker run -p 127.0.0.1:8080:8080 -v specloom:/data -e SPECLOOM_API_KEYS=slk_… specloom
FROM python:3.12-slim AS build
COPY . /src
RUN python -m venv /opt/specloom && /opt/specloom/bin/pip install --no-cache-dir '/src[celery,otel]'

FROM python:3.12-slim
COPY --from=build /opt/specloom /opt/specloom
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin specloom && install -d -o specloom -m 0700 /data
ENV PATH=/opt/specloom/bin:$PATH PYTHONUNBUFFERED=1 SPECLOOM_HOST=0.0.0.0 SPECLOOM_DATA=/data SPECLOOM_LOG_FORMAT=json
USER specloom
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
CMD ["specloom", "serve"]
