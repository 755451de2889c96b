// Writes and reads consent strings with the reference libraries of the IAB, for comparison.
// In: one JSON object on standard input; out: one on standard output.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(import.meta.url);
const { GVL, Segment, TCModel, TCString } = require("@iabtcf/core");
const { GppModel } = require("./node_modules/@iabgpp/cmpapi/lib/cjs/encoder/GppModel.js");

const SETS = {
  specialFeatureOptins: "specialFeatures", purposeConsents: "consents",
  purposeLegitimateInterests: "interests", vendorConsents: "vendorConsents",
  vendorLegitimateInterests: "vendorInterests", publisherConsents: "publisherConsents",
  publisherLegitimateInterests: "publisherInterests",
};
const PLAIN = [
  "cmpId", "cmpVersion", "consentScreen", "isServiceSpecific", "useNonStandardStacks",
  "purposeOneTreatment", "publisherCountryCode",
];

function vendorList(version, policy, vendors) {
  const every = [...Array(11).keys()].map((n) => n + 1);
  const purposes = Object.fromEntries(every.map((id) => [id, { id, name: `p${id}` }]));
  const ours = (id) => [id, {
    id, name: `v${id}`, purposes: every, legIntPurposes: every, flexiblePurposes: [],
    specialPurposes: [], features: [], specialFeatures: [],
  }];
  return new GVL({
    gvlSpecificationVersion: 3, vendorListVersion: version, tcfPolicyVersion: policy,
    lastUpdated: "2026-06-01T00:00:00Z", purposes, specialPurposes: {}, features: {},
    specialFeatures: {}, stacks: {}, vendors: Object.fromEntries(vendors.map(ours)),
  });
}

function writeTcf(wanted) {
  const model = new TCModel(vendorList(wanted.vendorList, wanted.policy, wanted.disclosed));
  for (const name of PLAIN) model[name] = wanted[name];
  model.consentLanguage = "EN";
  for (const [theirs, ours] of Object.entries(SETS)) model[theirs].set(wanted[ours]);
  model.created = new Date(wanted.at);
  model.lastUpdated = new Date(wanted.at);
  const segments = [Segment.CORE, Segment.VENDORS_DISCLOSED, Segment.PUBLISHER_TC];
  return TCString.encode(model, { segments });
}

function readTcf(text) {
  const model = TCString.decode(text);
  const ids = (vector) => [...vector].filter(([, is]) => is).map(([id]) => id);
  const read = Object.fromEntries(PLAIN.map((name) => [name, model[name]]));
  for (const [theirs, ours] of Object.entries(SETS)) read[ours] = ids(model[theirs]);
  read.vendorList = model.vendorListVersion;
  read.policy = Number(model.policyVersion);
  read.disclosed = ids(model.vendorsDisclosed);
  read.at = model.lastUpdated.toISOString();
  return read;
}

function writeGpp(sections) {
  const model = new GppModel();
  for (const { name, fields } of sections)
    for (const [field, value] of Object.entries(fields)) model.setFieldValue(name, field, value);
  return model.encode();
}

function readGpp({ text, wanted }) {
  const model = new GppModel(text);
  const field = (name) => (one) => [one, model.getFieldValue(name, one)];
  return wanted.map(({ name, fields }) => ({
    name, fields: Object.fromEntries(fields.map(field(name))),
  }));
}

const asked = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify({
  tcfWritten: asked.tcf.map(writeTcf), tcfRead: asked.tcfTexts.map(readTcf),
  gppWritten: asked.gpp.map(writeGpp), gppRead: asked.gppTexts.map(readGpp),
}));
