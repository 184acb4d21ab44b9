// libedit, with forms of its functions of several signatures that Swift can call.
#pragma once

#include <histedit.h>
#include <stdio.h>

// A function that a key runs, or the text before a line.
typedef unsigned char (*ppl_key_function)(EditLine *, int);
typedef char *(*ppl_prompt_function)(EditLine *);

// Makes an editor on the standard streams; null where that fails.
static inline EditLine *ppl_edit_init(const char *program) {
  return el_init(program, stdin, stdout, stderr);
}

// Keys as in Emacs, as other prompts have them; no file of the user's is read.
static inline void ppl_edit_use_emacs(EditLine *editor) { el_set(editor, EL_EDITOR, "emacs"); }

static inline void ppl_edit_set_prompt(EditLine *editor, ppl_prompt_function prompt) {
  el_set(editor, EL_PROMPT, prompt);
}

// A pointer that functions of keys and of the prompt get back with `ppl_edit_owner`.
static inline void ppl_edit_set_owner(EditLine *editor, void *owner) {
  el_set(editor, EL_CLIENTDATA, owner);
}

static inline void *ppl_edit_owner(EditLine *editor) {
  void *owner = 0;
  el_get(editor, EL_CLIENTDATA, &owner);
  return owner;
}

// Makes a key run a function, which has a name and a description among the editor's commands.
static inline void ppl_edit_bind(EditLine *editor, const char *key, const char *name,
                                 const char *description, ppl_key_function function) {
  el_set(editor, EL_ADDFN, name, description, function);
  el_set(editor, EL_BIND, key, name, NULL);
}

// Makes a key run a command of the editor.
static inline void ppl_edit_bind_command(EditLine *editor, const char *key, const char *name) {
  el_set(editor, EL_BIND, key, name, NULL);
}

// While a line is edited the terminal turns no key into a signal: Ctrl-C is a key as others.
static inline void ppl_edit_take_signals(EditLine *editor) {
  el_set(editor, EL_SETTY, "-d", "-isig", NULL);
}

// Draws prompt and line again.
static inline void ppl_edit_refresh(EditLine *editor) { el_set(editor, EL_REFRESH); }

// A history of so many entries, which the arrows walk through.
static inline History *ppl_history_init(EditLine *editor, int count) {
  History *entries = history_init();
  HistEvent event;
  if (entries) {
    history(entries, &event, H_SETSIZE, count);
    el_set(editor, EL_HIST, history, entries);
  }
  return entries;
}

static inline void ppl_history_enter(History *entries, const char *line) {
  HistEvent event;
  history(entries, &event, H_ENTER, line);
}
