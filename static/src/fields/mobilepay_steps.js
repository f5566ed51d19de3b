import { registry } from "@web/core/registry";
import {
    BadgeSelectionField,
    badgeSelectionField,
} from "@web/views/fields/badge_selection/badge_selection_field";

/** The steps of the set-up: those that are finished look so. */
export class MobilepaySteps extends BadgeSelectionField {
    static template = "account_mobilepay.Steps";

    isFinished(step) {
        return (this.props.record.data.onboarding_finished || "").split(",").includes(step);
    }
}

registry.category("fields").add("mobilepay_steps", {
    ...badgeSelectionField,
    component: MobilepaySteps,
    fieldDependencies: [{ name: "onboarding_finished", type: "char" }],
});
