// Starts `ppl lsp` for files of the language and hands the rest to the protocol.
const { workspace } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

function activate() {
  const command = workspace.getConfiguration("ppl").get("path", "ppl");
  const server = { command, args: ["lsp"], transport: TransportKind.stdio };
  client = new LanguageClient("ppl", "PPL", server, {
    documentSelector: [{ language: "ppl" }],
  });
  return client.start();
}

function deactivate() {
  return client ? client.stop() : undefined;
}

module.exports = { activate, deactivate };
