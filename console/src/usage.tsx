import type { Usage as UsageOfOwner } from "./service.ts";
import { files, percent, size } from "./words.ts";

const NEARLY_FULL = 90;

/** How much of the quota is taken, stored and reserved. */
export function Usage({ usage }: { usage: UsageOfOwner }) {
  const taken = usage.bytes + usage.reserved_bytes;
  const full = percent(taken, usage.quota_bytes);
  const state = full >= 100 ? "full" : full >= NEARLY_FULL ? "nearly" : "";
  const words = `${size(usage.bytes)} of ${size(usage.quota_bytes)} stored`;
  return (
    <section class="usage" aria-labelledby="usage-title">
      <h2 id="usage-title">Usage</h2>
      <svg
        class={`bar ${state}`}
        role="meter"
        aria-labelledby="usage-title"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={full}
        aria-valuetext={words}
        viewBox="0 0 100 4"
        preserveAspectRatio="none"
      >
        <rect class="stored" x="0" y="0" height="4" width={percent(usage.bytes, usage.quota_bytes)} />
        <rect
          class="reserved"
          x={percent(usage.bytes, usage.quota_bytes)}
          y="0"
          height="4"
          width={Math.max(0, full - percent(usage.bytes, usage.quota_bytes))}
        />
      </svg>
      <p>
        <strong>{words}</strong> in {files(usage.files)}
        {usage.reserved_bytes > 0 && <>, {size(usage.reserved_bytes)} reserved for unfinished uploads</>}
        {state === "full" && <>. Nothing more fits: delete files, or ask for a larger quota</>}.
      </p>
    </section>
  );
}
