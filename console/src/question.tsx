import { useEffect, useRef } from "preact/hooks";

export interface Asked {
  question: string;
  yes: string;
  act: () => void;
}

/** A question with two answers; Escape means no. */
export function Question({ asked, closed }: { asked: Asked | null; closed: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    if (asked) dialog.current?.showModal();
  }, [asked]);

  function answered() {
    const isYes = dialog.current?.returnValue === "yes";
    if (dialog.current) dialog.current.returnValue = "";
    closed();
    if (isYes) asked?.act();
  }

  return (
    <dialog ref={dialog} onClose={answered} aria-labelledby="question">
      <form method="dialog">
        <p id="question">{asked?.question}</p>
        <div class="answers">
          <button value="no" autofocus>
            Keep
          </button>
          <button value="yes" class="danger">
            {asked?.yes}
          </button>
        </div>
      </form>
    </dialog>
  );
}
