# Stands in for the official image of PostgreSQL, as far as compose.three.yaml uses it.
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${BASE_IMAGE}
# hadolint ignore=DL3008
RUN groupadd --gid 999 postgres \
    && useradd --uid 999 --gid 999 --no-create-home postgres \
    && apt-get update \
    && mkdir -p /etc/postgresql-common \
    && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf \
    && apt-get install --yes --no-install-recommends postgresql-15 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -m 700 -o 999 -g 999 /var/lib/postgresql/data
ENV PATH=/usr/lib/postgresql/15/bin:$PATH \
    PGDATA=/var/lib/postgresql/data
COPY database.sh /usr/local/bin/
USER 999:999
ENTRYPOINT ["/usr/local/bin/database.sh"]
CMD ["postgres"]
