{{- define "postflight.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 45 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 45 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "postflight.labels" -}}
app.kubernetes.io/name: postflight
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "postflight.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "postflight.name" .) }}
{{- end }}

{{- /* Of the ClusterRole: what is set; else what the shipped checklist needs, if it is run. */}}
{{- define "postflight.clusterRules" -}}
{{- if .Values.rbac.clusterRules }}{{ toYaml .Values.rbac.clusterRules }}
{{- else if not .Values.checklists }}{{ toYaml (.Files.Get "files/cluster-rights.yaml" | fromYaml).rules }}
{{- end }}
{{- end }}

{{- /* Failed Jobs of the CronJob, and the Pod of helm test, would make the next run red. What is left of the hook goes before the next. */}}
{{- define "postflight.leavesOutNamespace" -}}
{{- if and (not .Values.checklists) (or .Values.cronJob.enabled .Values.hooks.test.enabled) }}true{{ end }}
{{- end }}

{{- /* An upgrade that is gated with its own namespace left out would go well whatever becomes of it. */}}
{{- define "postflight.gateSeesItsNamespace" -}}
{{- if and .Values.hooks.postUpgrade.enabled (include "postflight.leavesOutNamespace" .) (not .Values.vars.except_namespaces) }}
{{- fail (printf "hooks.postUpgrade gates the upgrade, but with the CronJob or the test enabled the namespace %s is not looked at, as failed runs there would make the next one red. Set cronJob.enabled=false and hooks.test.enabled=false, or say in vars.except_namespaces what is to be left out" .Release.Namespace) }}
{{- end }}
{{- end }}

{{- /* As the API server kills a Job: after all tries, each with a minute for start and end. */}}
{{- define "postflight.activeDeadlineSeconds" -}}
{{ mul (add1 .backoffLimit) (add .deadlineSeconds 60) }}
{{- end }}

{{- /* Exit codes: README of deploy/. The first rule that fits decides. */}}
{{- define "postflight.podFailurePolicy" -}}
rules:
  # The node was drained, or the pod was preempted: that says nothing, and costs no try.
  - action: Ignore
    onPodConditions:
      - {type: DisruptionTarget, status: "True"}
  # 1: a blocking check failed. 3: wrong usage or checklist. Another try says the same.
  - action: FailJob
    onExitCodes: {containerName: postflight, operator: In, values: [1, 3]}
  # 2: it could not find out. 129, 130, 143: interrupted. Another try may help.
  - action: Count
    onExitCodes: {containerName: postflight, operator: In, values: [2, 129, 130, 143]}
{{- end }}

{{- /* The pod: {root, deadlineSeconds, extraArgs}. */}}
{{- define "postflight.podSpec" -}}
{{- $root := .root }}
{{- with $root.Values }}
restartPolicy: Never
serviceAccountName: {{ include "postflight.serviceAccount" $root }}
automountServiceAccountToken: true
enableServiceLinks: false
terminationGracePeriodSeconds: 30
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- with .imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: postflight
    image: "{{ .image.repository }}:{{ .image.tag | default $root.Chart.AppVersion }}"
    imagePullPolicy: {{ .image.pullPolicy }}
    command: [/usr/bin/postflight]
    args:
      - run
      {{- range $name, $text := .checklists | default (dict "cluster" "") }}
      - /etc/postflight/checklists/{{ $name }}.yaml
      {{- end }}
      - --vars=/etc/postflight/vars/vars.yaml
      - --deadline={{ int64 $.deadlineSeconds }}s
      - --report=json=/reports/report.json
      - --report=junit=/reports/report.xml
      - --report=termination=/dev/termination-log
      {{- range concat .extraArgs $.extraArgs }}
      - {{ . | quote }}
      {{- end }}
    {{- with .env }}
    env: {{- toYaml . | nindent 6 }}
    {{- end }}
    envFrom:
      - secretRef: {name: {{ .secretName | default (include "postflight.name" $root) }}, optional: true}
    terminationMessagePath: /dev/termination-log
    terminationMessagePolicy: FallbackToLogsOnError
    resources: {{- toYaml .resources | nindent 6 }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: {drop: [ALL]}
    volumeMounts:
      - {name: checklists, mountPath: /etc/postflight/checklists, readOnly: true}
      - {name: vars, mountPath: /etc/postflight/vars, readOnly: true}
      - {name: reports, mountPath: /reports}
volumes:
  - name: checklists
    configMap: {name: {{ include "postflight.name" $root }}-checklists}
  - name: vars
    configMap: {name: {{ include "postflight.name" $root }}-vars}
  - name: reports
    {{- with .reports.persistentVolumeClaim }}
    persistentVolumeClaim: {claimName: {{ . }}}
    {{- else }}
    emptyDir: {sizeLimit: 64Mi}
    {{- end }}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "postflight.podMetadata" -}}
labels: {{- merge (include "postflight.labels" . | fromYaml) .Values.podLabels | toYaml | nindent 2 }}
{{- with .Values.podAnnotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
