import PPLSourceText
import PPLSyntax
import PPLTypeSystem

// Settings that name latents which an engine moves in a certain way.

extension ModelChecker {
  /// The latents that `[a, b]` or one name means.
  func checkLatents(_ setting: EngineSetting, _ expression: Expression)
    -> CheckedInference.Setting?
  {
    let parts: [Expression]
    if case .list(let elements) = expression.kind { parts = elements } else { parts = [expression] }
    var chosen: [VariableID] = []
    for part in parts {
      guard case .name(let name) = part.kind else {
        error(
          "E0601",
          "`\(setting.name)` takes latents by name",
          at: part.span,
          help: "for instance `\(setting.name): [a, b]`"
        )
        return nil
      }
      guard let id = variablesByName[name] else {
        let near = suggestion(for: name, among: latentNames)
        error(
          "E0201",
          "there is no quantity `\(name)`",
          at: part.span,
          help: near.map { "did you mean `\($0)`?" } ?? "name a latent of the model"
        )
        return nil
      }
      guard case .modeled(.sampled) = model.variables[id.index].role else {
        error(
          "E0601",
          "`\(name)` is not moved by coordinates of its own",
          at: part.span,
          role(of: id),
          help: latentNames.isEmpty
            ? "leave `\(setting.name)` out"
            : "name one of \(latentNames.map { "`\($0)`" }.joined(separator: ", "))"
        )
        return nil
      }
      chosen.append(id)
    }
    return .quantities(chosen)
  }

  /// Reports latents that are to be moved in two ways.
  func checkBlocks(_ signature: EngineSignature, _ arguments: [Argument]) {
    var owners: [String: String] = [:]
    for argument in arguments {
      guard let label = argument.label?.text, case .latents? = signature.setting(label)?.kind else {
        continue
      }
      let parts: [Expression]
      if case .list(let elements) = argument.value.kind {
        parts = elements
      } else {
        parts = [argument.value]
      }
      for part in parts {
        guard case .name(let name) = part.kind,
          let other = owners.updateValue(label, forKey: name)
        else { continue }
        error(
          "E0601",
          other == label
            ? "`\(name)` is named twice by `\(label)`"
            : "`\(name)` is named by `\(other)` and by `\(label)`",
          at: part.span,
          help: "name it once"
        )
      }
    }
  }

  /// The latents of the model that have coordinates, in the order of the text.
  private var latentNames: [String] {
    model.variables.indices.compactMap { index in
      guard case .modeled(.sampled) = model.variables[index].role,
        model.weights[VariableID(index)] == nil
      else { return nil }
      return model.variables[index].name.text
    }
  }

  private func role(of id: VariableID) -> String {
    switch model.variables[id.index].role {
    case .modeled(.eliminated):
      "a discrete latent: it is summed out, or drawn value by value where that cannot be"
    case .modeled(.derived): "it follows from others"
    case .modeled(.generated): "it is drawn forward, as nothing depends on it"
    default: "no latent"
    }
  }
}
