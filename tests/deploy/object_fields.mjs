// Writes tests/fixtures/kubernetes/object_fields.json: which fields the objects of deploy/ may have,
// of which types, and which they must have. From the classes that @kubernetes/client-node generates
// from the OpenAPI of Kubernetes:
//   npm pack @kubernetes/client-node@2.0.1 && tar xzf kubernetes-client-node-*.tgz
//   node tests/deploy/object_fields.mjs package >tests/fixtures/kubernetes/object_fields.json
import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';

const models = resolve(process.argv[2], 'dist/gen/models');
const read = (name, ending) => readFileSync(`${models}/${name}.${ending}`, 'utf8');
const wanted = [
  'V1ClusterRole', 'V1ClusterRoleBinding', 'V1ConfigMap', 'V1CronJob', 'V1Job', 'V1PersistentVolumeClaim',
  'V1Pod', 'V1Role',
  'V1RoleBinding', 'V1Secret', 'V1ServiceAccount'];
const types = {};
const version = /OpenAPI spec version: (\S+)/.exec(read('V1Job', 'js'))[1];

while (wanted.length > 0) {
  const name = wanted.pop();
  if (name in types) continue;
  const source = read(name, 'js');
  const map = /attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(source)[1];
  const required = new Set(
    [...read(name, 'd.ts').matchAll(/^ {4}'(\w+)': /gm)].map((match) => match[1]));
  types[name] = {};
  for (const field of JSON.parse(map)) {
    types[name][field.baseName] = field.type + (required.has(field.name) ? '!' : '');
    const inner = /\b(?:[A-Z]\w+)?V\d\w+/.exec(field.type);
    if (inner && inner[0] !== 'V1MicroTime') wanted.push(inner[0]);
  }
}
const lines = Object.keys(types).sort().map((name) => `${JSON.stringify(name)}: ${JSON.stringify(types[name])}`);
console.log(`{"version": ${JSON.stringify(version)}, "types": {\n${lines.join(',\n')}\n}}`);
