import CLibedit
import Glibc
import PPL

/// Reads lines that are edited in place, with history and completion, through libedit.
///
/// libedit calls back with a pointer to the editor; each call is made while `readLine` runs, on its thread. The pointers
/// live as long as the editor, which nobody else has.
@safe
final class LineEditor {
  /// How reading a line ended.
  enum Line {
    case text(String)
    /// Ctrl-C: what was typed is to be forgotten.
    case cancelled
    /// Ctrl-D on an empty line.
    case end
  }

  private let editor: OpaquePointer
  private let history: OpaquePointer?
  private let complete: (_ line: String, _ cursor: Int) -> Completions
  private var prompt: UnsafeMutablePointer<CChar>?
  private var wasCancelled = false

  /// Entries that the arrows reach.
  private static let greatestHistory: Int32 = 2000

  /// An editor on the standard streams; nil if the terminal cannot be used.
  init?(completing complete: @escaping (_ line: String, _ cursor: Int) -> Completions) {
    // Letters beyond ASCII need a locale that has them; numbers are read and written without any.
    if unsafe setlocale(LC_CTYPE, "") == nil || !Self.isUnicode {
      unsafe setlocale(LC_CTYPE, "C.UTF-8")
    }
    guard let editor = unsafe ppl_edit_init("ppl") else { return nil }
    unsafe self.editor = editor
    unsafe history = ppl_history_init(editor, Self.greatestHistory)
    self.complete = complete
    let owner = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe ppl_edit_set_owner(editor, owner)
    unsafe ppl_edit_use_emacs(editor)
    unsafe ppl_edit_take_signals(editor)
    unsafe ppl_edit_set_prompt(editor) { editor in
      unsafe LineEditor.owner(of: editor)?.prompt
    }
    unsafe ppl_edit_bind(editor, "^I", "ppl-complete", "Complete the word") { editor, _ in
      unsafe UInt8(LineEditor.owner(of: editor)?.completeWord() ?? CC_ERROR)
    }
    unsafe ppl_edit_bind(editor, "^C", "ppl-cancel", "Forget the line") { editor, _ in
      unsafe LineEditor.owner(of: editor)?.wasCancelled = true
      return UInt8(CC_NEWLINE)
    }
    unsafe ppl_edit_bind_command(editor, "^R", "em-inc-search-prev")
  }

  deinit {
    unsafe el_end(editor)
    unsafe free(prompt)
    if let history = unsafe history { unsafe history_end(history) }
  }

  /// Puts an entry where the arrow up finds it first.
  func remember(_ entry: String) {
    guard let history = unsafe history else { return }
    unsafe ppl_history_enter(history, entry)
  }

  /// Shows a prompt and reads a line, without its end.
  func readLine(_ prompt: String) -> Line {
    unsafe free(self.prompt)
    unsafe self.prompt = strdup(prompt)
    wasCancelled = false
    var count: Int32 = 0
    let bytes = unsafe el_gets(editor, &count)
    if wasCancelled {
      Terminal.output("^C\n")
      return .cancelled
    }
    guard let bytes = unsafe bytes, count > 0 else { return .end }
    var text = unsafe String(cString: bytes)
    if text.hasSuffix("\n") { text.removeLast() }
    return .text(text)
  }

  private static var isUnicode: Bool {
    guard let name = unsafe nl_langinfo(nl_item(CODESET)) else { return false }
    return unsafe strcmp(name, "UTF-8") == 0
  }

  private static func owner(of editor: OpaquePointer?) -> LineEditor? {
    guard let editor = unsafe editor, let owner = unsafe ppl_edit_owner(editor) else { return nil }
    return unsafe Unmanaged<LineEditor>.fromOpaque(owner).takeUnretainedValue()
  }

  // MARK: Completion

  /// Inserts what all candidates go on with, or lists them below.
  private func completeWord() -> Int32 {
    guard let line = unsafe el_line(editor) else { return CC_ERROR }
    let length = unsafe line.pointee.lastchar - line.pointee.buffer
    let cursor = unsafe line.pointee.cursor - line.pointee.buffer
    let bytes = unsafe UnsafeBufferPointer(start: line.pointee.buffer, count: max(0, length))
    let text = unsafe String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let found = complete(text, cursor)
    guard !found.candidates.isEmpty else { return CC_REFRESH_BEEP }
    let common = found.commonPrefix
    if common.utf8.count > found.replacedCount {
      let rest = String(decoding: common.utf8.dropFirst(found.replacedCount), as: UTF8.self)
      return unsafe el_insertstr(editor, rest) == 0 ? CC_REFRESH : CC_ERROR
    }
    Terminal.output("\n" + Self.columns(found.candidates) + "\n")
    return CC_REDISPLAY
  }

  /// Names side by side, as many as fit into a usual line.
  private static func columns(_ names: [String]) -> String {
    let shown = names.prefix(100)
    let width = (shown.map(\.count).max() ?? 0) + 2
    let perLine = max(1, 80 / width)
    var text = ""
    for (number, name) in shown.enumerated() {
      let isLast = number % perLine == perLine - 1 || number == shown.count - 1
      text += isLast ? name : name + String(repeating: " ", count: width - name.count)
      if isLast, number < shown.count - 1 { text += "\n" }
    }
    return text + (names.count > shown.count ? "\n…" : "")
  }
}
