// @azure/batch in JavaScript: carries out the operations it is told on standard input, one JSON document a line.

"use strict";

const path = require("node:path");
const readline = require("node:readline");

const main = require.resolve("@azure/batch", { paths: [process.env.AZURE_BATCH_NODE_MODULES] });
const { BatchServiceClient, BatchSharedKeyCredentials } = require(main);
const { version } = require(path.join(main, "../../package.json"));

const environment = process.env;
const client = new BatchServiceClient(
  new BatchSharedKeyCredentials(environment.AZURE_BATCH_ACCOUNT, environment.AZURE_BATCH_ACCESS_KEY),
  environment.AZURE_BATCH_ENDPOINT,
  { noRetryPolicy: true },
);

// Operation: group, method, and how the body is given: whole, as an option, or as the value of its only property.
const METHODS = {
  list_applications: ["application", "list"],
  get_application: ["application", "get"],
  list_pool_usage_metrics: ["pool", "listUsageMetrics"],
  list_supported_images: ["account", "listSupportedImages"],
  list_pool_node_counts: ["account", "listPoolNodeCounts"],
  create_pool: ["pool", "add"],
  list_pools: ["pool", "list"],
  delete_pool: ["pool", "deleteMethod"],
  pool_exists: ["pool", "exists"],
  get_pool: ["pool", "get"],
  update_pool: ["pool", "patch"],
  disable_pool_auto_scale: ["pool", "disableAutoScale"],
  enable_pool_auto_scale: ["pool", "enableAutoScale"],
  evaluate_pool_auto_scale: ["pool", "evaluateAutoScale", "value"],
  resize_pool: ["pool", "resize"],
  stop_pool_resize: ["pool", "stopResize"],
  replace_pool_properties: ["pool", "updateProperties"],
  remove_nodes: ["pool", "removeNodes"],
  create_node_user: ["computeNode", "addUser"],
  delete_node_user: ["computeNode", "deleteUser"],
  replace_node_user: ["computeNode", "updateUser"],
  get_node: ["computeNode", "get"],
  reboot_node: ["computeNode", "reboot", "option"],
  reimage_node: ["computeNode", "reimage", "option"],
  disable_node_scheduling: ["computeNode", "disableScheduling", "option"],
  enable_node_scheduling: ["computeNode", "enableScheduling"],
  get_node_remote_login_settings: ["computeNode", "getRemoteLoginSettings"],
  upload_node_logs: ["computeNode", "uploadBatchServiceLogs"],
  list_nodes: ["computeNode", "list"],
  get_node_extension: ["computeNodeExtension", "get"],
  list_node_extensions: ["computeNodeExtension", "list"],
  delete_node_file: ["file", "deleteFromComputeNode"],
  download_node_file: ["file", "getFromComputeNode"],
  get_node_file_properties: ["file", "getPropertiesFromComputeNode"],
  list_node_files: ["file", "listFromComputeNode"],
  delete_job: ["job", "deleteMethod"],
  get_job: ["job", "get"],
  update_job: ["job", "patch"],
  replace_job: ["job", "update"],
  disable_job: ["job", "disable", "value"],
  enable_job: ["job", "enable"],
  terminate_job: ["job", "terminate", "option"],
  create_job: ["job", "add"],
  list_jobs: ["job", "list"],
  list_jobs_from_schedule: ["job", "listFromJobSchedule"],
  list_job_preparation_and_release_task_status: ["job", "listPreparationAndReleaseTaskStatus"],
  get_job_task_counts: ["job", "getTaskCounts"],
  job_schedule_exists: ["jobSchedule", "exists"],
  delete_job_schedule: ["jobSchedule", "deleteMethod"],
  get_job_schedule: ["jobSchedule", "get"],
  update_job_schedule: ["jobSchedule", "patch"],
  replace_job_schedule: ["jobSchedule", "update"],
  disable_job_schedule: ["jobSchedule", "disable"],
  enable_job_schedule: ["jobSchedule", "enable"],
  terminate_job_schedule: ["jobSchedule", "terminate"],
  create_job_schedule: ["jobSchedule", "add"],
  list_job_schedules: ["jobSchedule", "list"],
  create_task: ["task", "add"],
  list_tasks: ["task", "list"],
  create_task_collection: ["task", "addCollection", "value"],
  delete_task: ["task", "deleteMethod"],
  get_task: ["task", "get"],
  replace_task: ["task", "update", "option"],
  list_subtasks: ["task", "listSubtasks"],
  terminate_task: ["task", "terminate"],
  reactivate_task: ["task", "reactivate"],
  delete_task_file: ["file", "deleteFromTask"],
  download_task_file: ["file", "getFromTask"],
  get_task_file_properties: ["file", "getPropertiesFromTask"],
  list_task_files: ["file", "listFromTask"],
};
// The client checks before it sends, by an API version in which this had to be given.
const REQUIRED = { replace_pool_properties: { certificateReferences: [] } };
const OPTIONS = { range: "ocpRange" };
const DIRECTLY = new Set(["recursive"]); // of files, when they are deleted

const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

async function text(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function wholeList(group, method, first) {
  const items = [...first];
  for (let page = first; page.odatanextLink; ) {
    page = await client[group][`${method}Next`](page.odatanextLink);
    items.push(...page);
  }
  return items;
}

async function run({ operation, ids, body, options }) {
  const [group, method, given] = METHODS[operation];
  const all = {};
  const queryAndHeaders = {};
  for (const [name, value] of Object.entries(options)) {
    const to = DIRECTLY.has(name) ? all : queryAndHeaders;
    to[OPTIONS[name] ?? camel(name)] = name === "select" || name === "expand" ? value.join(",") : value;
  }
  all[`${group}${method[0].toUpperCase()}${method.slice(1)}Options`] = queryAndHeaders;
  const bodies = [];
  if (body !== null) {
    if (given === "option") Object.assign(all, body);
    else bodies.push(given === "value" ? Object.values(body)[0] : { ...REQUIRED[operation], ...body });
  }
  const answer = await client[group][method](...Object.values(ids), ...bodies, all);
  if (operation.endsWith("_exists")) return answer.body;
  if (operation.startsWith("download_")) return text(answer.readableStreamBody);
  if (operation.endsWith("_file_properties")) {
    return { contentLength: answer.contentLength, isDirectory: /^true$/i.test(answer.ocpBatchFileIsdirectory) };
  }
  return Array.isArray(answer) && operation.startsWith("list_") ? wholeList(group, method, answer) : answer;
}

const reply = (document) => process.stdout.write(`${JSON.stringify(document)}\n`);

async function serve() {
  reply({ version, operations: Object.keys(METHODS) });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    try {
      reply({ answer: (await run(JSON.parse(line))) ?? null });
    } catch (error) {
      if (error.statusCode === undefined) throw error;
      reply({ code: error.code ?? null, message: error.body?.message?.value ?? error.message });
    }
  }
}

serve();
