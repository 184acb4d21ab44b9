/// Forms of the language that this version does not run.
extension ErrorIndex {
  static let unbuilt: [ErrorEntry] = [
    ErrorEntry(
      "E0901",
      "what this version does not run",
      """
      The language has this form, and this version does not run it. The message names another
      way where there is one.
      """,
      wrong: .init(
        """
        model first {
          mu ~ Normal(0, 1)
        }
        infer post = nuts()
        """
      ),
      mended: .init(
        """
        mu ~ Normal(0, 1)
        infer post = nuts()
        """
      )
    )
  ]
}
