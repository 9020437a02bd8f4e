# The daemon of one node, and the shell. Built from the top of the repository:
#   docker build -f docker/daemon.Dockerfile -t automaton-daemon .
# Any Debian 12 or later will do as a base.
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${BASE_IMAGE} AS build
# For a mirror of packages of your own and its certificates; pip and uv read these.
ARG PIP_INDEX_URL
ARG UV_DEFAULT_INDEX
ARG PIP_CERT
ARG SSL_CERT_FILE
# ttspico, the default voice, is compiled here. The versions are those of the base.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        gcc libc6-dev python3 python3-dev python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY .ci/uv.lock requirements.lock requirements-dev.lock ./
RUN python3 -m venv /opt/uv \
    && /opt/uv/bin/pip install --no-cache-dir --require-hashes --requirement uv.lock \
    && python3 -m venv --without-pip /opt/automaton
ENV VIRTUAL_ENV=/opt/automaton UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
RUN /opt/uv/bin/uv pip install --require-hashes \
        --build-constraints requirements.lock --requirement requirements.lock
COPY pyproject.toml LICENSE ./
COPY asterisk-config asterisk-config
COPY dialplans dialplans
COPY voice_prompts voice_prompts
COPY automaton automaton
RUN /opt/uv/bin/uv pip install --no-deps --build-constraints requirements-dev.lock .

FROM ${BASE_IMAGE}
# ffmpeg reads messages recorded as M4A or WebM; without them, build with MORE_PACKAGES="".
ARG MORE_PACKAGES="ffmpeg"
# espeak-ng is the voice of last resort; age and sftp are for backups.
# hadolint ignore=DL3008,SC2086
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        age espeak-ng openssh-client python3 tzdata ${MORE_PACKAGES} \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 automaton \
    && useradd --uid 10001 --gid 10001 --no-create-home \
        --home-dir /var/lib/automaton --shell /usr/sbin/nologin automaton \
    && install -d -m 700 -o 10001 -g 10001 \
        /var/lib/automaton /var/lib/automaton-asterisk /var/lib/automaton-prompts
COPY --from=build /opt/automaton /opt/automaton
COPY docker/healthy.py /opt/automaton/healthy.py
# Settings are read from /etc/automaton/automaton.toml; these stand above it.
ENV PATH=/opt/automaton/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    AUTOMATON__FOLDERS__DATA=/var/lib/automaton \
    AUTOMATON__FOLDERS__PROMPTS=/var/lib/automaton-prompts \
    AUTOMATON__ASTERISK__EMBEDDED=false
USER 10001:10001
WORKDIR /var/lib/automaton
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python3", "/opt/automaton/healthy.py"]
ENTRYPOINT ["automaton"]
CMD ["daemon"]
