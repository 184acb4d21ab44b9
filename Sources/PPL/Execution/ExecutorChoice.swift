#if Native
  import PPLNativeExecution
#endif

/// What runs the graphs of models.
public enum ExecutorChoice: String, Sendable, Hashable, CaseIterable {
  /// Machine code for this machine; where LLVM is not installed, the reference.
  case native
  /// The plain kernels that define each primitive.
  case reference

  /// The executor that this choice comes to on this machine; the first call may load LLVM.
  public var available: ExecutorChoice {
    #if Native
      self == .native && NativeProgram.isAvailable ? .native : .reference
    #else
      .reference
    #endif
  }

  /// Loads what the executor needs, so that the first model does not wait for it; safe to call from any thread.
  public func prepare() {
    #if Native
      if self == .native { NativeProgram.prepare() }
    #endif
  }
}
