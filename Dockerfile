# The image of the exporter. docker-compose.yml builds it. To build and run it alone:
#
#   docker build -t ai-crm-exporter .
#   docker run --rm --init --read-only -p 127.0.0.1:10059:10059 -v ./monitoring.yml:/etc/ai-crm-exporter/monitoring.yml:ro ai-crm-exporter
#
# Any flag or command of the program may follow: docker run --rm ai-crm-exporter --help
ARG NODE_IMAGE=node:26.13.0-alpine3.24

FROM ${NODE_IMAGE} AS build
WORKDIR /build
# The package files are copied before the sources. So packages are installed again only when they change. No package needs its install
# script.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY build.js tsconfig.json ./
COPY src src
COPY simulator simulator
# Source maps are useful only with the sources, and the image has no sources.
RUN node build.js --sbom && rm dist/*.map
COPY LICENSE ./
COPY alertmanager/templates alertmanager/templates
# The command status compares these files with the rules and boards of Prometheus and Grafana.
COPY prometheus/rules prometheus/rules
COPY grafana/dashboards grafana/dashboards
# The exporter serves it at /runbooks.
COPY docs/runbooks.md docs/runbooks.md
# COPY keeps the file modes of the clone. With a strict umask the exporter's user could not read the files.
RUN chmod -R a+rX package.json LICENSE alertmanager docs prometheus grafana

FROM ${NODE_IMAGE}
ARG REVISION=""
LABEL org.opencontainers.image.title="ai-crm-exporter" \
      org.opencontainers.image.description="Prometheus exporter for AI-CRM" \
      org.opencontainers.image.source="https://github.com/ai-crm-exporter/ai-crm-exporter" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production AICRM_EXPORTER_REVISION=${REVISION} AICRM_STORAGE_PATH=/var/lib/ai-crm-exporter/data

# The image has no node_modules, because dist/ contains all packages that it needs.
COPY --from=build /build/package.json /build/LICENSE /app/
COPY --from=build /build/alertmanager/templates /app/alertmanager/templates
COPY --from=build /build/prometheus/rules /app/prometheus/rules
COPY --from=build /build/grafana/dashboards /app/grafana/dashboards
COPY --from=build /build/docs /app/docs
COPY --from=build /build/dist /app/dist
ENV NODE_COMPILE_CACHE=/app/compile-cache

# docker-compose.yml mounts volumes here. A new volume gets the owner and mode of the folder below it.
RUN ln -s /app/dist/main.js /usr/local/bin/ai-crm-exporter \
 && mkdir -p /etc/ai-crm-exporter /var/lib/ai-crm-exporter/alertmanager /var/lib/ai-crm-exporter/grafana-admin /var/lib/ai-crm-exporter/data \
 && mkdir /app/compile-cache \
 && chown 65534:65534 /app/compile-cache /var/lib/ai-crm-exporter/alertmanager /var/lib/ai-crm-exporter/data \
 && chown 65534:0 /var/lib/ai-crm-exporter/grafana-admin \
 && chmod 0700 /var/lib/ai-crm-exporter/alertmanager /var/lib/ai-crm-exporter/data \
 && chmod 0750 /var/lib/ai-crm-exporter/grafana-admin

# 65534 is nobody. Alertmanager runs as the same user, so it can read the files that the exporter writes. It is a number, because Kubernetes
# can check a number for not being root.
USER 65534:65534
# A run of three seconds fills the compile cache: with it a start takes a fifth less CPU. Node.js reads it only if program, user, flags of V8
# and Node.js are the same as here. For everybody else it starts without.
RUN NODE_COMPILE_CACHE=/app/compile-cache timeout 3 node --max-semi-space-size=1 /app/dist/main.js --web.listen-address=127.0.0.1:0 || true
# The exporter looks for its configuration here if there is no flag.
WORKDIR /etc/ai-crm-exporter
EXPOSE 10059
STOPSIGNAL SIGTERM
# SIGUSR1 must not open a debugger. The program disables it in its first line. From Node.js 22.14 on, the flag disables it before that.
ENTRYPOINT ["node", "--disable-sigusr1", "--max-semi-space-size=1", "/app/dist/main.js"]
# Any answer below 500 means that the exporter is alive. With basic_auth_users the answer is 401.
HEALTHCHECK --interval=30s --timeout=5s --retries=3 --start-period=30s --start-interval=1s \
  CMD ["node", "-e", "require('node:http').get('http://127.0.0.1:10059/-/healthy', { timeout: 4000 }, ({ statusCode }) => process.exit(statusCode < 500 ? 0 : 1)).on('timeout', () => process.exit(1)).on('error', () => process.exit(1))"]
