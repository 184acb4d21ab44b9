import ArgumentParser

/// `ppl completion`.
struct CompletionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion",
    abstract: "Write a script that completes commands and options in a shell.",
    discussion: """
      bash: ppl completion bash > ~/.local/share/bash-completion/completions/ppl
      zsh: ppl completion zsh > _ppl, in a directory of $fpath
      fish: ppl completion fish > ~/.config/fish/completions/ppl.fish
      """
  )

  /// A shell with completion.
  enum Shell: String, ExpressibleByArgument, CaseIterable {
    case bash, zsh, fish
  }

  @Argument(help: "The shell: bash, zsh or fish.")
  var shell: Shell

  func run() throws {
    let shell: CompletionShell =
      switch self.shell {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    Terminal.output(PPLProgram.completionScript(for: shell) + "\n")
  }
}
