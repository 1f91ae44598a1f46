FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim-bookworm
RUN useradd --create-home --uid 10001 assay && mkdir /data && chown assay /data
COPY --from=build /venv /venv
WORKDIR /app
COPY --chown=assay app.py ./
COPY --chown=assay .streamlit .streamlit
COPY --chown=assay static static
COPY --chown=assay governance governance
COPY --chown=assay storage storage
COPY --chown=assay pages pages
COPY --chown=assay contracts contracts
USER assay
ENV PATH=/venv/bin:$PATH GOVERNANCE_HOME=/data PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=15s --timeout=5s --start-period=40s \
  CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/healthz', timeout=4)"
# Local mode listens on loopback only: run with --network host, or put a signed-in proxy in front.
CMD ["python", "-m", "governance", "serve"]
