# The Asterisk of one node. It needs 22.10 or later (docs/asterisk.md), which Debian has
# from version 14 (forky) on:
#   docker build -f docker/asterisk.Dockerfile -t automaton-asterisk .
ARG BASE_IMAGE=debian:forky-slim

FROM ${BASE_IMAGE}
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends asterisk ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 automaton \
    && useradd --uid 10001 --gid 10001 --no-create-home \
        --home-dir /var/lib/automaton-asterisk --shell /usr/sbin/nologin automaton \
    && install -d -m 700 -o 10001 -g 10001 \
        /var/lib/automaton-asterisk /var/lib/automaton-prompts
USER 10001:10001
WORKDIR /var/lib/automaton-asterisk
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["asterisk", "-C", "/var/lib/automaton-asterisk/etc/asterisk.conf", \
         "-rx", "core waitfullybooted"]
# Rendered by the daemon's image, see compose.yaml.
ENTRYPOINT ["asterisk"]
CMD ["-f", "-C", "/var/lib/automaton-asterisk/etc/asterisk.conf"]
