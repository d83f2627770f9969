// Reads one simulation as JSON from each line, in the form of https://github.com/cloud-copilot/iam-simulate, and answers it
// with a line: Allowed, ImplicitlyDenied or ExplicitlyDenied. A request that AWS does not know ends it.
import { createInterface } from "node:readline";
import { runSimulation } from "@cloud-copilot/iam-simulate";

for await (const line of createInterface({ input: process.stdin })) {
  const simulation = JSON.parse(line);
  const { errors, overallResult, result } = await runSimulation(simulation, {});
  if (errors || result.ignoredContextKeys.length) {
    throw new Error(JSON.stringify({ request: simulation.request, errors, ignored: result?.ignoredContextKeys }));
  }
  console.log(overallResult);
}
