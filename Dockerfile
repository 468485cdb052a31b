# The exporter, as docker-compose.yml builds it, and alone:
#
#   docker build -t ai-crm-exporter .
#   docker run --rm --init --read-only -p 127.0.0.1:10059:10059 -v ./monitoring.yml:/etc/ai-crm-exporter/monitoring.yml:ro ai-crm-exporter
#
# Any flag or command of the program may follow: docker run --rm ai-crm-exporter --help
ARG NODE_IMAGE=node:26.13.0-alpine3.24

FROM ${NODE_IMAGE} AS build
WORKDIR /build
# Before the sources, so that packages are installed again only when they change. No package needs its install script.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY build.js tsconfig.json ./
COPY src src
COPY simulator simulator
# Maps help where the sources are; they are not here.
RUN node build.js --sbom && rm dist/*.map
COPY LICENSE ./
COPY alertmanager/templates alertmanager/templates
# With what Prometheus and Grafana have the command status compares.
COPY prometheus/rules prometheus/rules
COPY grafana/dashboards grafana/dashboards
# Served at /runbooks.
COPY docs/runbooks.md docs/runbooks.md
# Modes are those of the clone: whoever cloned may be careful, and nobody has to read this.
RUN chmod -R a+rX package.json LICENSE alertmanager docs prometheus grafana

FROM ${NODE_IMAGE}
ARG REVISION=""
LABEL org.opencontainers.image.title="ai-crm-exporter" \
      org.opencontainers.image.description="Prometheus exporter for AI-CRM" \
      org.opencontainers.image.source="https://github.com/ai-crm-exporter/ai-crm-exporter" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production AICRM_EXPORTER_REVISION=${REVISION} AICRM_STORAGE_PATH=/var/lib/ai-crm-exporter/data

# dist/ has every package in it that it needs, so that there is no node_modules here.
COPY --from=build /build/package.json /build/LICENSE /app/
COPY --from=build /build/alertmanager/templates /app/alertmanager/templates
COPY --from=build /build/prometheus/rules /app/prometheus/rules
COPY --from=build /build/grafana/dashboards /app/grafana/dashboards
COPY --from=build /build/docs /app/docs
COPY --from=build /build/dist /app/dist

# Where docker-compose.yml mounts volumes: a new one takes over owner and mode of the folder that it hides.
RUN ln -s /app/dist/main.js /usr/local/bin/ai-crm-exporter \
 && mkdir -p /etc/ai-crm-exporter /var/lib/ai-crm-exporter/alertmanager /var/lib/ai-crm-exporter/grafana-admin /var/lib/ai-crm-exporter/data \
 && chown 65534:65534 /var/lib/ai-crm-exporter/alertmanager /var/lib/ai-crm-exporter/data \
 && chown 65534:0 /var/lib/ai-crm-exporter/grafana-admin \
 && chmod 0700 /var/lib/ai-crm-exporter/alertmanager /var/lib/ai-crm-exporter/data \
 && chmod 0750 /var/lib/ai-crm-exporter/grafana-admin

# nobody, who is also Alertmanager's user: what this one writes, that one may read. As a number, so that Kubernetes can tell it is not root.
USER 65534:65534
# Configuration is looked for here, without a flag.
WORKDIR /etc/ai-crm-exporter
EXPOSE 10059
STOPSIGNAL SIGTERM
# A signal must not open a debugger. The program sees to that from its first line on, and Node.js, since 22.14, from the beginning.
ENTRYPOINT ["node", "--disable-sigusr1", "--max-semi-space-size=1", "/app/dist/main.js"]
# Whoever answers is alive, also with 401 where there are basic_auth_users.
HEALTHCHECK --interval=30s --timeout=5s --retries=3 --start-period=30s --start-interval=1s \
  CMD ["node", "-e", "require('node:http').get('http://127.0.0.1:10059/-/healthy', { timeout: 4000 }, ({ statusCode }) => process.exit(statusCode < 500 ? 0 : 1)).on('timeout', () => process.exit(1)).on('error', () => process.exit(1))"]
