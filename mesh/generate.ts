// Writes what deploys the services from mesh/topology.ts; with --check it only compares and names the stale files.
import { writeTargets } from "#proto/generate/targets.ts";
import { edgeCompose } from "./generate/edge-compose.ts";

writeTargets([["docker-compose.edge.yml", edgeCompose]]);
